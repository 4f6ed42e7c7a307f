package secret

import (
	"fmt"
	"strings"
	"testing"
)

// The vector is the one of FIPS 180-2, appendix B.1: the hash of "abc".
const hashOfABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

func TestHashFits(t *testing.T) {
	t.Parallel()
	read, err := ParseHash(" " + strings.ToUpper(hashOfABC) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]Hash{"read": read, "made": HashOf("abc")} {
		if h.Hex() != hashOfABC || h.Empty() {
			t.Errorf("%s: %s", name, h.Hex())
		}
		for sent, want := range map[Secret]bool{"abc": true, "": false, "ab": false, "abcd": false, "ABC": false, hashOfABC: false} {
			if h.Fits(sent) != want {
				t.Errorf("%s: %q fits: %v", name, sent.Reveal(), !want)
			}
		}
	}
}

func TestTheHashOfNothingFitsNothing(t *testing.T) {
	t.Parallel()
	// The SHA-256 of an empty text, as somebody may write it by mistake.
	empty, err := ParseHash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]Hash{"zero": {}, "of an empty secret": HashOf(""), "of an empty text": empty} {
		for _, sent := range []Secret{"", "x", Secret(make([]byte, 32))} {
			if h.Fits(sent) {
				t.Errorf("%s fits %q", name, sent.Reveal())
			}
		}
	}
}

func TestHashesAreRefusedWithoutRepeatingThem(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "abc", hashOfABC[1:], hashOfABC + "00", "ifsev_planted-by-mistake", strings.Repeat("z", 64)} {
		if _, err := ParseHash(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestHashesAreNotShown(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if out := fmt.Sprintf(verb, struct{ H Hash }{HashOf("abc")}); strings.Contains(out, "ba78") || strings.Contains(out, "0xba") || strings.Contains(out, "186 120") {
			t.Errorf("%s: %s", verb, out)
		}
	}
}
