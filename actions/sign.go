package actions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/secret"
)

// signPrefix marks a signing key that is written in base64, as Standard Webhooks receivers hand them out.
const signPrefix = "whsec_"

// signingKey reads the key of Standard Webhooks signatures; nil if there is none.
func signingKey(s secret.Secret) ([]byte, error) {
	encoded, isEncoded := strings.CutPrefix(s.Reveal(), signPrefix)
	if s.Empty() {
		return nil, nil
	}
	if !isEncoded {
		return []byte(s.Reveal()), nil
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) == 0 {
		return nil, errors.New("sign: what follows whsec_ is no base64: copy the whole signing secret, or leave the prefix out if it is no Standard Webhooks secret")
	}
	return key, nil
}

// sign adds the Standard Webhooks headers: the HMAC of the delivery's ID, the time of this attempt, and the body.
func sign(h http.Header, key []byte, id string, now time.Time, body []byte) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body) // a hash's Write never fails
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
