package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ifsev/ifsev/internal/secret"
)

// tokenPrefix lets people and scanners see what a token that lies somewhere belongs to.
const tokenPrefix = "ifsev_"

func newToken(w *world) *cobra.Command {
	var scope string
	var stdin bool
	c := &cobra.Command{
		Use:   "token NAME",
		Short: "Make a token for the API, and the line for the configuration that holds its hash alone",
		Long: `Make a new random token for the API and print it, once, and the line for auth.tokens in ifsev.yaml. The line
holds the SHA-256 of the token, so the configuration is no secret for it.

The token is the first line, on standard output; the line for the configuration is the second.`,
		Example: "  ifsev token oncall-bot --scope respond\n  ifsev token ci --stdin < /run/secrets/ci",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(_ *cobra.Command, args []string) error {
			token, err := w.token(stdin)
			if err != nil {
				return err
			}
			return w.printToken(args[0], scope, token, stdin)
		}),
	}
	c.Flags().StringVar(&scope, "scope", "respond", "what it may: read, respond or admin")
	c.Flags().BoolVar(&stdin, "stdin", false, "read a token you have and print its line only")
	c.PreRunE = func(*cobra.Command, []string) error { return checkScope(scope) }
	_ = c.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions(scopes(), cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return c
}

func scopes() []string { return []string{"read", "respond", "admin"} }

func checkScope(scope string) error {
	if slices.Contains(scopes(), scope) {
		return nil
	}
	return usagef("the scope %q is not known: it is read, respond or admin", scope)
}

// token answers a new token, or the one that is sent in.
func (w *world) token(stdin bool) (secret.Secret, error) {
	if !stdin {
		return secret.Secret(tokenPrefix + strings.ToLower(rand.Text()+rand.Text())), nil
	}
	line, err := bufio.NewReader(io.LimitReader(w.in, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", failure{fmt.Errorf("the token cannot be read: %w", err)}
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", failure{errors.New("there is no token on standard input: write it there, or leave --stdin out to make one")}
	}
	return secret.Secret(line), nil
}

func (w *world) printToken(name, scope string, token secret.Secret, known bool) error {
	text := fmt.Sprintf("{name: %s, sha256: %s, scopes: [%s]}\n", strconv.Quote(name), secret.HashOf(token).Hex(), scope)
	if !known {
		text = token.Reveal() + "\n" + text
	}
	_, err := io.WriteString(w.out, text)
	return err
}
