package daemon

import (
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/rules"
)

// Surroundings are what rule files are checked against: what a configuration says, as far as rules are concerned.
type Surroundings struct {
	World rules.World
	// Rules are the files and folders the configuration names.
	Rules []string
	// Known is false where the configuration is so wrong that nothing of it is in the World.
	Known bool
	// Report is what is wrong with the configuration itself; it counts nothing.
	Report
}

// ReadSurroundings reads a configuration file as Check does: secrets that are not there are taken for granted, with a
// warning each. Without a file they are those where nothing is configured. What read answers stands for the disk.
func ReadSurroundings(file string, env func(string) (string, bool), read func(path string) ([]byte, error)) *Surroundings {
	s, cfg := &Surroundings{Known: true}, config.Default()
	if file != "" {
		cfg, s.Known = s.readConfigFrom(file, env, read)
	}
	s.World, s.Rules = world(cfg), cfg.Rules
	return s
}
