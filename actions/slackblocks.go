package actions

// What Slack takes, in characters after they were escaped. It refuses a message for being longer, so what is longer is
// cut: https://docs.slack.dev/reference/block-kit/blocks.
const (
	slackTextLimit     = 40000
	slackBlockLimit    = 50    // blocks of a message
	slackMarkdownLimit = 12000 // of a markdown block
	slackObjectLimit   = 3000  // of a text in a block that has no limit of its own
	slackFieldLimit    = 2000
	slackHeaderLimit   = 150
	slackButtonLimit   = 75
)

// slackBlocks makes blocks safe to post: wherever Slack would read orders out of a text, it is escaped, and cut where it
// is too long.
func slackBlocks(blocks any) any { return slackBlock(blocks, slackObjectLimit) }

// slackBlock is slackBlocks for anything within them, where a text may have limit characters.
func slackBlock(v any, limit int) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = slackBlock(v[i], limit)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = slackBlock(v[k], slackLimit(v["type"], k))
		}
		text, ok := out["text"].(string)
		switch {
		case !ok:
		case v["type"] == "mrkdwn":
			out["text"] = slackCut(slackText(text), limit)
		case v["type"] == "markdown":
			out["text"] = slackCut(slackText(text), slackMarkdownLimit)
		case v["type"] == "plain_text":
			out["text"] = excerptRunes(text, limit)
		}
		return out
	}
	return v
}

// slackLimit is how long a text may be that stands under a key of something of a type.
func slackLimit(holder any, key string) int {
	switch {
	case holder == "header":
		return slackHeaderLimit
	case holder == "button":
		return slackButtonLimit
	case key == "fields":
		return slackFieldLimit
	}
	return slackObjectLimit
}

// slackBlocksWith puts the mentions before blocks, because Slack does not show the text where there are blocks. Of what
// is more than Slack takes the end is left out, and said to be.
func slackBlocksWith(mentions string, blocks any) any {
	list, ok := blocks.([]any)
	if !ok {
		return blocks
	}
	if mentions != "" {
		list = append([]any{slackSection(mentions)}, list...)
	}
	if len(list) > slackBlockLimit {
		list = append(list[:slackBlockLimit-1:slackBlockLimit-1], slackSection("…"))
	}
	return list
}

func slackSection(text string) map[string]any {
	return map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": text}}
}
