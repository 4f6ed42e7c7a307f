package actions

import (
	"cmp"
	"strings"

	"github.com/ifsev/ifsev"
)

// slackRefusal makes a failure of an error of the Web API. What it does not know is taken for final: Slack's temporary
// errors are few, and all here.
func slackRefusal(said slackAnswer) *ifsev.Failure {
	text := cmp.Or(said.Error, "it refused and did not say why: is the connection's url right?")
	if len(said.Metadata.Messages) > 0 {
		text += " (" + strings.Join(said.Metadata.Messages, "; ") + ")"
	}
	switch said.Error {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return failForNow(ifsev.ReasonRateLimited, "%s", text)
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		return failForNow(ifsev.ReasonServer, "%s", text)
	case "not_authed", "invalid_auth", "account_inactive", "token_expired", "token_revoked", "no_permission",
		"missing_scope", "org_login_required", "ekm_access_denied", "access_denied", "not_allowed_token_type", "restricted_action":
		f := fail(ifsev.ReasonAuth, "%s", text)
		if said.Needed != "" {
			f.Text += ": give the app the scope " + said.Needed
		}
		return slackAdvice(f, said.Error)
	}
	return slackAdvice(fail(ifsev.ReasonClient, "%s", text), said.Error)
}

// slackAdvice adds what to do about an error, of the Web API or of an incoming webhook.
func slackAdvice(f *ifsev.Failure, word string) *ifsev.Failure {
	advice := map[string]string{
		"not_authed":                        "check the connection's token",
		"invalid_auth":                      "check the connection's token",
		"token_revoked":                     "install the app again and take its new token",
		"token_expired":                     "take a new token",
		"account_inactive":                  "install the app again and take its new token",
		"channel_not_found":                 "check the channel's name or id; a private channel needs the app invited into it",
		"not_in_channel":                    "invite the app into the channel",
		"is_archived":                       "the channel is archived; unarchive it or post elsewhere",
		"channel_is_archived":               "the channel is archived; unarchive it or post elsewhere",
		"msg_too_long":                      "shorten the text to 40,000 characters",
		"msg_blocks_too_long":               "shorten the texts in the blocks, or leave some out",
		"invalid_blocks":                    "check the blocks in Slack's Block Kit Builder",
		"invalid_payload":                   "check text and blocks",
		"no_text":                           "give text or blocks",
		"no_service":                        "the incoming webhook was removed; make a new one",
		"no_service_id":                     "the incoming webhook's address is not whole",
		"invalid_token":                     "the incoming webhook's address is wrong or it was removed",
		"no_team":                           "the incoming webhook's workspace is gone",
		"action_prohibited":                 "an administrator of the workspace has restricted posting",
		"posting_to_general_channel_denied": "an administrator has restricted posting to #general",
	}
	if a, ok := advice[word]; ok {
		f.Text += ": " + a
	}
	return f
}
