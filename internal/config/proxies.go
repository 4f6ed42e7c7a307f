package config

import (
	"fmt"
	"net/netip"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// proxies reads addresses and ranges of proxies. One that holds everybody would let everybody say who they are.
func (r *reader) proxies(n strictyaml.Node) {
	items := n.Items()
	if n.Kind() == strictyaml.Scalar {
		items = []strictyaml.Node{n}
	} else if len(items) == 0 {
		_ = r.texts(n) // reports what is no list
	}
	for _, item := range items {
		text := r.text(item)
		p, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			p, err = addr.Unmap().WithZone("").Prefix(addr.Unmap().BitLen())
		}
		switch {
		case err != nil:
			r.report(item, fmt.Sprintf("%q is no address or range", text), "write an address or a range such as 10.1.0.0/16, without name, scheme and port")
		case p.Bits() == 0:
			r.report(item, "this trusts everybody to say where they come from", "name the proxies only")
		default:
			r.config.Proxies = append(r.config.Proxies, p.Masked())
		}
	}
}
