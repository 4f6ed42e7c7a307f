package helm_test

import (
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
)

// promises are what holds for every set of values.
var promises = map[string]func(*testing.T, *release){
	"what is in it has a name, its namespace, and no name twice": named,
	"selectors find the pods":                                    selected,
	"volumes are there":                                          mounted,
	"probes reach a port":                                        probed,
	"nothing runs as root or writes":                             confined,
	"a stop has the time it needs":                               stopped,
	"variables are there before they are used":                   ordered,
	"no secret is in it":                                         secretless,
	"the network policy lets through what is needed":             reached,
}

func TestPromises(t *testing.T) {
	t.Parallel()
	for _, file := range sets(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := render(t, "--values", file)
			for name, holds := range promises {
				t.Run(name, func(t *testing.T) { holds(t, r) })
			}
		})
	}
}

func named(t *testing.T, r *release) {
	for _, o := range r.objects {
		if o.GetName() == "" || len(o.GetName()) > 63 {
			t.Errorf("%T is called %q", o, o.GetName())
		}
		for key, v := range o.GetLabels() {
			if faults := validation.IsValidLabelValue(v); len(faults) > 0 {
				t.Errorf("%T has the label %s: %v", o, key, faults)
			}
		}
	}
	if faults := validation.IsDNS1035Label(r.service.Name); len(faults) > 0 {
		t.Errorf("the Service is called %s: %v", r.service.Name, faults)
	}
	for _, o := range []interface {
		GetNamespace() string
	}{r.service, r.configMaps[r.service.Name+"-rules"], r.account, r.network, r.budget} {
		if v := reflect.ValueOf(o); !v.IsNil() && o.GetNamespace() != "pager" {
			t.Errorf("%T is in the namespace %q", o, o.GetNamespace())
		}
	}
}

func selected(t *testing.T, r *release) {
	pod, own := r.pod(t)
	selectors := map[string]map[string]string{"its own": own, "the Service's": r.service.Spec.Selector}
	if r.budget != nil {
		selectors["the budget's"] = r.budget.Spec.Selector.MatchLabels
	}
	if r.network != nil {
		selectors["the policy's"] = r.network.Spec.PodSelector.MatchLabels
	}
	for i, c := range pod.Spec.TopologySpreadConstraints {
		selectors["the spread's "+string(rune('0'+i))] = c.LabelSelector.MatchLabels
	}
	for whose, s := range selectors {
		if len(s) != 2 || !labels.SelectorFromSet(s).Matches(labels.Set(pod.Labels)) {
			t.Errorf("%s selector %v does not find pods with %v", whose, s, pod.Labels)
		}
	}
	if r.monitor != nil && (!labels.SelectorFromSet(r.monitor.Spec.Selector.MatchLabels).Matches(labels.Set(r.service.Labels)) ||
		!slices.Equal(r.monitor.Spec.NamespaceSelector.MatchNames, []string{"pager"})) {
		t.Errorf("the monitor looks for %v in %v", r.monitor.Spec.Selector, r.monitor.Spec.NamespaceSelector)
	}
	if r.scaler != nil && (r.scaler.Spec.ScaleTargetRef.Name != r.deployment.Name || r.deployment.Spec.Replicas != nil) {
		t.Errorf("the scaler scales %v, and the Deployment says %v", r.scaler.Spec.ScaleTargetRef, r.deployment.Spec.Replicas)
	}
	if r.statefulSet != nil && r.statefulSet.Spec.ServiceName != r.service.Name {
		t.Errorf("the StatefulSet names the Service %q", r.statefulSet.Spec.ServiceName)
	}
}

func mounted(t *testing.T, r *release) {
	pod, _ := r.pod(t)
	volumes := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		if volumes[v.Name] {
			t.Errorf("two volumes are called %s", v.Name)
		}
		volumes[v.Name] = true
		if v.ConfigMap != nil {
			ours := strings.HasPrefix(v.ConfigMap.Name, r.service.Name+"-") && !strings.HasPrefix(r.service.Name, "pager")
			if c := r.configMaps[v.ConfigMap.Name]; ours && c == nil {
				t.Errorf("the volume %s is of %s, which nobody makes", v.Name, v.ConfigMap.Name)
			} else if c != nil {
				for _, item := range v.ConfigMap.Items {
					if _, ok := c.Data[item.Key]; !ok {
						t.Errorf("the volume %s wants %s of %s", v.Name, item.Key, c.Name)
					}
				}
			}
		}
	}
	if r.statefulSet != nil {
		for _, claim := range r.statefulSet.Spec.VolumeClaimTemplates {
			volumes[claim.Name] = true
		}
	}
	paths := map[string]bool{}
	for _, m := range r.container(t).VolumeMounts {
		if !volumes[m.Name] || paths[m.MountPath] || m.SubPath != "" {
			t.Errorf("%s is mounted at %s%s: is it there, once, and not a part, which is never updated?", m.Name, m.MountPath, m.SubPath)
		}
		paths[m.MountPath] = true
		delete(volumes, m.Name)
	}
	for name := range volumes {
		t.Errorf("the volume %s is mounted nowhere", name)
	}
	for _, rules := range strings.Split(env(r.container(t), "IFSEV_RULES"), ",") {
		if rules != "" && !paths[rules] {
			t.Errorf("rules are read from %s, where nothing is mounted: %v", rules, slices.Sorted(maps.Keys(paths)))
		}
	}
}

func probed(t *testing.T, r *release) {
	c := r.container(t)
	if len(c.Ports) != 1 || c.Ports[0].Name != "http" || !strings.HasSuffix(env(c, "IFSEV_LISTEN"), ":"+itoa(c.Ports[0].ContainerPort)) {
		t.Errorf("the ports are %v, and it listens on %s", c.Ports, env(c, "IFSEV_LISTEN"))
	}
	for path, p := range map[string][]*core.Probe{"/healthz": {c.StartupProbe, c.LivenessProbe}, "/readyz": {c.ReadinessProbe}} {
		for _, probe := range p {
			if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path || probe.HTTPGet.Port.StrVal != "http" || probe.FailureThreshold < 1 {
				t.Errorf("the probe of %s is %v", path, probe)
			}
		}
	}
	if port := r.service.Spec.Ports[0]; port.TargetPort.StrVal != "http" {
		t.Errorf("the Service leads to %v", port)
	}
	if r.ingress != nil {
		for _, rule := range r.ingress.Spec.Rules {
			for _, p := range rule.HTTP.Paths {
				if p.Backend.Service.Name != r.service.Name || p.Backend.Service.Port.Name != r.service.Spec.Ports[0].Name {
					t.Errorf("the Ingress leads to %v", p.Backend.Service)
				}
			}
		}
	}
	if r.monitor != nil && r.monitor.Spec.Endpoints[0].Port != r.service.Spec.Ports[0].Name {
		t.Errorf("the monitor scrapes %v", r.monitor.Spec.Endpoints)
	}
}

// confined is what the restricted Pod Security Standard asks for, and a root that cannot be written.
func confined(t *testing.T, r *release) {
	pod, _ := r.pod(t)
	p, c := pod.Spec.SecurityContext, r.container(t).SecurityContext
	if p == nil || !is(p.RunAsNonRoot) || p.RunAsUser == nil || *p.RunAsUser == 0 || p.SeccompProfile == nil || p.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Errorf("the pod runs with %v", p)
	}
	if c == nil || c.AllowPrivilegeEscalation == nil || is(c.AllowPrivilegeEscalation) || !is(c.ReadOnlyRootFilesystem) ||
		c.Capabilities == nil || !slices.Equal(c.Capabilities.Drop, []core.Capability{"ALL"}) || len(c.Capabilities.Add) > 0 {
		t.Errorf("the container runs with %v", c)
	}
	if pod.Spec.AutomountServiceAccountToken == nil || is(pod.Spec.AutomountServiceAccountToken) {
		t.Error("the pod has a token of the cluster")
	}
	if pod.Spec.HostNetwork || pod.Spec.HostPID || pod.Spec.HostIPC {
		t.Error("the pod shares the host's namespaces")
	}
	if needs := r.container(t).Resources; needs.Requests.Cpu().IsZero() || needs.Limits.Memory().IsZero() {
		t.Error("what it needs is not said")
	}
}

func is(b *bool) bool { return b != nil && *b }

// daemonGrace is how long the daemon takes to stop, in seconds: docs/operations.md.
const daemonGrace = 15

func stopped(t *testing.T, r *release) {
	pod, _ := r.pod(t)
	wait := int64(0)
	if l := r.container(t).Lifecycle; l != nil {
		wait = l.PreStop.Sleep.Seconds
	}
	if g := pod.Spec.TerminationGracePeriodSeconds; g == nil || *g <= wait+daemonGrace {
		t.Errorf("%v s are left for a wait of %d s and a stop of %d s", g, wait, daemonGrace)
	}
	if d := r.deployment; d != nil && d.Spec.Strategy.RollingUpdate.MaxUnavailable.IntVal != 0 {
		t.Errorf("a pod goes before the next is ready: %v", d.Spec.Strategy)
	}
}

var variable = regexp.MustCompile(`[$][(]([^)]*)[)]`)

// ordered: Kubernetes fills $(NAME) in only with what stands before it.
func ordered(t *testing.T, r *release) {
	seen := map[string]bool{}
	for _, e := range r.container(t).Env {
		if seen[e.Name] {
			t.Errorf("%s is there twice", e.Name)
		}
		for _, m := range variable.FindAllStringSubmatch(e.Value, -1) {
			if !seen[m[1]] {
				t.Errorf("%s uses %s before it is there", e.Name, m[1])
			}
		}
		seen[e.Name] = true
	}
	if !seen["IFSEV_STORE"] || !seen["IFSEV_LISTEN"] {
		t.Error("store or listen is missing")
	}
}

func secretless(t *testing.T, r *release) {
	for name, c := range r.configMaps {
		for file, text := range c.Data {
			if strings.Contains(text, "password: ") && !strings.Contains(text, "password: ${") {
				t.Errorf("%s of %s holds a password", file, name)
			}
		}
	}
}

func reached(t *testing.T, r *release) {
	if r.network == nil {
		return
	}
	if len(r.network.Spec.PolicyTypes) != 2 || len(r.network.Spec.Ingress) != 1 || r.network.Spec.Ingress[0].Ports[0].Port.StrVal != "http" {
		t.Errorf("what comes in: %v", r.network.Spec.Ingress)
	}
	open := map[int32]bool{}
	for _, rule := range r.network.Spec.Egress {
		for _, p := range rule.Ports {
			open[p.Port.IntVal] = true
		}
	}
	if !open[53] || !open[443] {
		t.Errorf("what goes out: %v", open)
	}
	_, address, _ := strings.Cut(env(r.container(t), "IFSEV_STORE"), "://") // empty where it is in a Secret
	address, _, _ = strings.Cut(address[strings.LastIndex(address, "@")+1:], "/")
	for _, host := range strings.Split(address, ",") {
		if _, port, ok := strings.Cut(host, ":"); ok && !open[atoi(t, port)] {
			t.Errorf("the way to %s is shut: %v", host, open)
		}
	}
}
