package helm_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// release is everything one set of values makes, by kind; there is one of each kind but of ConfigMaps.
type release struct {
	deployment  *apps.Deployment
	statefulSet *apps.StatefulSet
	service     *core.Service
	account     *core.ServiceAccount
	ingress     *networking.Ingress
	network     *networking.NetworkPolicy
	budget      *policy.PodDisruptionBudget
	scaler      *autoscaling.HorizontalPodAutoscaler
	monitor     *monitoring.ServiceMonitor
	alerts      *monitoring.PrometheusRule
	configMaps  map[string]*core.ConfigMap
	objects     []meta.Object
}

// sets lists the sets of values.
func sets(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(chart + "/ci/*.yaml")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d sets of values, %v", len(files), err)
	}
	return files
}

// template runs helm template with flags such as --values or --set, for a cluster of that version.
func template(t *testing.T, flags ...string) (string, error) {
	t.Helper()
	args := append([]string{"template", chart, "--name-template", "test", "--namespace", "pager", "--kube-version", "1.34.0"}, flags...)
	cmd := exec.Command(programs(t).helm, args...)
	var out, wrong strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &wrong
	if err := cmd.Run(); err != nil {
		return wrong.String(), err
	}
	return out.String(), nil
}

// render renders the chart and decodes it.
func render(t *testing.T, flags ...string) *release {
	t.Helper()
	text, err := template(t, flags...)
	if err != nil {
		t.Fatalf("%v: %s", flags, text)
	}
	r := &release{configMaps: map[string]*core.ConfigMap{}}
	for _, doc := range regexp.MustCompile(`(?m)^---\n`).Split(text, -1) {
		if strings.TrimSpace(regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(doc, "")) != "" {
			r.add(t, doc)
		}
	}
	return r
}

// add decodes one object; a field that its type does not have, or that is there twice, is an error.
func (r *release) add(t *testing.T, doc string) {
	t.Helper()
	var kind meta.TypeMeta
	if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	var object meta.Object
	switch kind.APIVersion + " " + kind.Kind {
	case "apps/v1 Deployment":
		object = into(&r.deployment)
	case "apps/v1 StatefulSet":
		object = into(&r.statefulSet)
	case "v1 Service":
		object = into(&r.service)
	case "v1 ServiceAccount":
		object = into(&r.account)
	case "networking.k8s.io/v1 Ingress":
		object = into(&r.ingress)
	case "networking.k8s.io/v1 NetworkPolicy":
		object = into(&r.network)
	case "policy/v1 PodDisruptionBudget":
		object = into(&r.budget)
	case "autoscaling/v2 HorizontalPodAutoscaler":
		object = into(&r.scaler)
	case "monitoring.coreos.com/v1 ServiceMonitor":
		object = into(&r.monitor)
	case "monitoring.coreos.com/v1 PrometheusRule":
		object = into(&r.alerts)
	case "v1 ConfigMap":
		object = &core.ConfigMap{}
	default:
		t.Fatalf("what is a %s %s?", kind.APIVersion, kind.Kind)
	}
	if object.GetName() != "" {
		t.Errorf("there are two of kind %s", kind.Kind)
	}
	if err := yaml.UnmarshalStrict([]byte(doc), object); err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	if c, ok := object.(*core.ConfigMap); ok {
		r.configMaps[c.Name] = c
	}
	r.objects = append(r.objects, object)
}

// into makes room for an object unless it is there already.
func into[T any](place **T) *T {
	if *place == nil {
		*place = new(T)
	}
	return *place
}

// pod answers the pods' template and the labels they are selected by.
func (r *release) pod(t *testing.T) (core.PodTemplateSpec, map[string]string) {
	t.Helper()
	switch {
	case r.deployment != nil && r.statefulSet == nil:
		return r.deployment.Spec.Template, r.deployment.Spec.Selector.MatchLabels
	case r.statefulSet != nil && r.deployment == nil:
		return r.statefulSet.Spec.Template, r.statefulSet.Spec.Selector.MatchLabels
	}
	t.Fatal("want either a Deployment or a StatefulSet")
	return core.PodTemplateSpec{}, nil
}

// container answers the daemon's.
func (r *release) container(t *testing.T) core.Container {
	t.Helper()
	pod, _ := r.pod(t)
	if len(pod.Spec.Containers) != 1 || pod.Spec.Containers[0].Name != "ifsev" {
		t.Fatalf("the containers are %v", pod.Spec.Containers)
	}
	return pod.Spec.Containers[0]
}

// env answers the value of a variable, "" if there is none.
func env(c core.Container, name string) string {
	for _, e := range c.Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}
