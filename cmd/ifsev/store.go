package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/state"
)

const storeHelp = `Look after the store of a daemon that does not run: back an embedded store up, put a backup in its place,
check it, or copy everything to another store. A daemon that runs makes backups by itself, and holds its store, so it has to be stopped first.`

func newStore(w *world) *cobra.Command {
	return group(&cobra.Command{
		Use: "store", Short: "Back up, restore, check and copy the store", Long: storeHelp,
		Example: "  ifsev store backup\n  ifsev store check\n  ifsev store restore --from latest",
	}, newStoreBackup(w), newStoreRestore(w), newStoreCheck(w), newStoreCopy(w))
}

// storeCommand adds the flags that say which store is meant.
func (w *world) storeCommand(work *daemon.StoreWork, c *cobra.Command) *cobra.Command {
	work.Env, work.Now = w.lookup, w.now
	w.configFlag(c, &work.Config, "configuration file")
	c.Flags().StringVar(&work.Flags.Store, "store", "", "the store: file:DIR (default IFSEV_STORE, the configuration's, or "+config.DefaultStore+")")
	return c
}

func newStoreBackup(w *world) *cobra.Command {
	var work daemon.StoreWork
	var to string
	c := &cobra.Command{
		Use:     "backup",
		Short:   "Copy an embedded store that no daemon uses",
		Long:    "Copy an embedded store that no daemon uses. The copy is read again and checked before it gets its name.",
		Example: "  ifsev store backup --store file:./ifsev-data\n  ifsev store backup --to /mnt/backups",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			made, err := work.Backup(cmd.Context(), to)
			if err != nil {
				return err
			}
			say(w.out, "%s (%s, checked)", made.Path, bytesText(made.Size))
			return nil
		}),
	}
	c.Flags().StringVar(&to, "to", "", "folder to write to (default where the daemon keeps its backups)")
	return w.storeCommand(&work, c)
}

func newStoreRestore(w *world) *cobra.Command {
	var work daemon.StoreWork
	var from string
	c := &cobra.Command{
		Use:   "restore",
		Short: "Put a backup in the place of an embedded store",
		Long: `Put a backup in the place of an embedded store. The backup is read and checked first, the store that is
there is kept beside it under another name, and nothing is touched while a daemon uses it.

What was accepted after the backup is not in it. What waited to be delivered then is delivered again, under the
same keys.`,
		Example: "  ifsev store restore --store file:./ifsev-data --from latest\n  ifsev store restore --from ifsev-data/backups/ifsev-20261123T120000.000Z.db",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return usagef("name the backup with --from FILE, or write --from latest")
			}
			which, done, err := work.Restore(cmd.Context(), from)
			if err != nil {
				return err
			}
			say(w.out, "restored %s: %s", which, checkedText(done.Checked))
			if done.Aside != "" {
				say(w.out, "what was there is kept as %s", done.Aside)
			}
			return nil
		}),
	}
	c.Flags().StringVar(&from, "from", "", "the backup: a file, or latest")
	return w.storeCommand(&work, c)
}

func newStoreCheck(w *world) *cobra.Command {
	var work daemon.StoreWork
	c := &cobra.Command{
		Use:   "check [BACKUP]",
		Short: "Read all of an embedded store or of a backup, and say what is wrong",
		Long: `Read all of an embedded store that no daemon uses, or of a backup: that its file is whole, that every timeline
fits its revisions, and that everything is found where it should be. Nothing is changed.`,
		Example: "  ifsev store check --store file:./ifsev-data\n  ifsev store check ifsev-data/backups/ifsev-20261123T120000.000Z.db",
		Args:    cobra.MaximumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				sum, err := work.CheckBackup(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				say(w.out, "%s is whole: %s", args[0], checkedText(sum))
				return nil
			}
			return w.checkStore(cmd, &work)
		}),
	}
	return w.storeCommand(&work, c)
}

// mostFaults is how many faults are told one by one.
const mostFaults = 20

func (w *world) checkStore(cmd *cobra.Command, work *daemon.StoreWork) error {
	n := 0
	place, sum, err := work.Check(cmd.Context(), func(fault string) {
		if n++; n <= mostFaults {
			say(w.err, "%s", fault)
		}
	})
	switch {
	case err != nil:
		return err
	case n > 0:
		return fmt.Errorf("the store in %s is damaged in %s: keep a copy of it, then restore a backup with `ifsev store restore --from latest`", place, plural(n, "place", "places"))
	}
	say(w.out, "the store in %s is whole: %s", place, checkedText(sum))
	return nil
}

func newStoreCopy(w *world) *cobra.Command {
	work := daemon.StoreWork{Now: w.now}
	var from, to string
	c := &cobra.Command{
		Use:   "copy",
		Short: "Copy everything from one store to another",
		Long: `Copy everything from one store to another, empty one: incidents with their timelines, what waits to be
delivered in its order, the dead list, deadlines, inbound ids, numbers and rule sets. Then both are read again and
compared; every revision of every timeline is among what must agree.

Stop every daemon that uses either store first. A copy that breaks off can be run again: it begins anew.`,
		Example: "  ifsev store copy --from file:./ifsev-data --to redis://redis:6379/0",
		Args:    cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if from == "" || to == "" {
				return usagef("say which stores with --from URL and --to URL")
			}
			done, err := work.Copy(cmd.Context(), from, to)
			if err != nil {
				return err
			}
			say(w.out, "copied %s to %s, and compared: %s", done.From, done.To, done.Tally)
			say(w.out, "start the daemon on it with --store; the store it came from is as it was")
			return nil
		}),
	}
	c.Flags().StringVar(&from, "from", "", "the store to read: file:DIR or redis://…")
	c.Flags().StringVar(&to, "to", "", "the empty store to fill: file:DIR or redis://…")
	return c
}

func checkedText(c state.Checked) string {
	return fmt.Sprintf("%s with %s, %s waiting and %d dead, %s, %s", plural(c.Incidents, "incident", "incidents"),
		plural(c.Entries, "event", "events"), plural(c.Deliveries, "delivery", "deliveries"), c.Dead,
		plural(c.Wakes, "deadline", "deadlines"), plural(c.RuleSets, "rule set", "rule sets"))
}

func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", (n+1023)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
