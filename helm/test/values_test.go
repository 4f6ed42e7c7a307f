package helm_test

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
)

func itoa(n int32) string { return strconv.Itoa(int(n)) }

func atoi(t *testing.T, text string) int32 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int32(n)
}

// open is the shortest set of values that is accepted.
var open = []string{"--set", "config.auth=none"}

func TestLint(t *testing.T) {
	t.Parallel()
	for _, file := range sets(t) {
		out, err := exec.Command(programs(t).helm, "lint", "--strict", "--values", file, chart).CombinedOutput()
		if err != nil || strings.Contains(string(out), "[WARNING]") {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

// What cannot work is refused before anything is made, and the message says what to do.
func TestRefused(t *testing.T) {
	t.Parallel()
	redis := append([]string{"--set", "store.kind=redis"}, open...)
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"nothing is said of tokens":          {nil, "anybody who reaches 0.0.0.0:8080 could declare and close incidents: add auth.tokens"},
		"no token is in the list":            {[]string{"--set-json", `config.auth={"tokens":[]}`}, "add auth.tokens"},
		"embedded and two":                   {append([]string{"--set", "replicas=2"}, open...), "replicas is 2, but the embedded store belongs to one process: set replicas: 1, or store.kind: redis"},
		"embedded and a scaler":              {append([]string{"--set", "autoscaling.enabled=true"}, open...), "autoscaling.enabled needs a store that several replicas share"},
		"no address":                         {redis, "set store.redis.url, or store.redis.urlSecret.name"},
		"two addresses":                      {append(redis, "--set", "store.redis.url=redis://a:1,store.redis.urlSecret.name=b"), "keep one"},
		"a password in the address":          {append(redis, "--set", "store.redis.url=redis://:hunter2@a:1/0"), "a password must not stand in store.redis.url"},
		"a password of a user":               {append(redis, "--set", "store.redis.url=rediss://u:hun$ter2@a:1/0"), "a password must not stand in store.redis.url"},
		"a password that nobody has":         {append(redis, "--set", "store.redis.url=redis://:$(REDIS_PASSWORD)@a:1"), "does not say which Secret has it"},
		"a password that nobody uses":        {append(redis, "--set", "store.redis.url=redis://a:1,store.redis.passwordSecret.name=s"), "does not use it"},
		"a password of Sentinels":            {append(redis, "--set", "store.redis.url=redis+sentinel://a:1/m?sentinel_password=hunter2"), "after sentinel_password="},
		"a password that begins with $":      {append(redis, "--set", "store.redis.url=redis+sentinel://a:1/m?sentinel_password=$hunter2"), "after sentinel_password="},
		"a variable that nobody has":         {append(redis, "--set", "store.redis.url=redis+sentinel://a:1/m?sentinel_password=$(SENTINEL)"), "store.redis.url takes $(SENTINEL), but env does not set SENTINEL"},
		"a variable twice":                   {append([]string{"--set-json", `env=[{"name":"A","value":"1"},{"name":"A","value":"2"}]`}, open...), "env sets A twice"},
		"a variable with two values":         {append([]string{"--set-json", `env=[{"name":"A","value":"1","valueFrom":{}}]`}, open...), "/env/0"},
		"the password as a variable":         {append([]string{"--set-json", `env=[{"name":"REDIS_PASSWORD","value":"1"}]`}, open...), "env sets REDIS_PASSWORD: name its Secret in store.redis.passwordSecret"},
		"no port of masters":                 {append(redis, "--set", `networkPolicy.enabled=true,store.redis.url=redis+sentinel://a:26379\,b:26379/m`), "networkPolicy.redisPorts"},
		"no port of an address elsewhere":    {append(redis, "--set", "networkPolicy.enabled=true,store.redis.urlSecret.name=s"), "networkPolicy.redisPorts"},
		"no port that can be read":           {append(redis, "--set", "networkPolicy.enabled=true,envFrom[0].secretRef.name=s,store.redis.url=redis://$(HOST)/0"), "networkPolicy.redisPorts"},
		"a roll that cannot begin":           {append(redis, "--set", "store.redis.url=redis://a:1,updateStrategy.rollingUpdate.maxSurge=0"), "no pod could go and none could come"},
		"a roll of no share":                 {append(redis, "--set", "store.redis.url=redis://a:1,updateStrategy.rollingUpdate.maxSurge=0%,updateStrategy.rollingUpdate.maxUnavailable=00%"), "no pod could go and none could come"},
		"more unavailable than there are":    {append(redis, "--set", "store.redis.url=redis://a:1,updateStrategy.rollingUpdate.maxUnavailable=101%"), "/updateStrategy/rollingUpdate/maxUnavailable"},
		"a scaler upside down":               {append(redis, "--set", "store.redis.url=redis://a:1,autoscaling.enabled=true,autoscaling.minReplicas=7"), "autoscaling.minReplicas is 7, autoscaling.maxReplicas 6"},
		"a scaler of a share of nothing":     {append(redis, "--set", "store.redis.url=redis://a:1,autoscaling.enabled=true,resources.requests.cpu=null"), "set resources.requests.cpu"},
		"a scaler of a share of 0":           {append(redis, "--set", "store.redis.url=redis://a:1,autoscaling.enabled=true,resources.requests.cpu=0"), "set resources.requests.cpu"},
		"a name in capitals":                 {append([]string{"--set", "fullnameOverride=UpperCase"}, open...), "/fullnameOverride"},
		"a name that begins with a digit":    {append([]string{"--set", "fullnameOverride=1x"}, open...), "/fullnameOverride"},
		"a name with an underscore":          {append([]string{"--set", "nameOverride=x_y"}, open...), "/nameOverride"},
		"a release with a dot":               {append([]string{"--name-template", "my.rel"}, open...), "set fullnameOverride"},
		"a release that begins with a digit": {append([]string{"--name-template", "1rel"}, open...), "set fullnameOverride"},
		"a label that is no label":           {append([]string{"--set", "commonLabels.team=site reliability"}, open...), "/commonLabels/team"},
		"a host that is no name":             {append([]string{"--set", "ingress.enabled=true,ingress.hosts={https://a.example.com}"}, open...), "/ingress/hosts/0"},
		"a probe that must pass twice":       {append([]string{"--set", "probes.liveness.successThreshold=2"}, open...), "/probes/liveness/successThreshold"},
		"rules mounted twice":                {append([]string{"--set-json", `rules={"a.yaml":"rules: {}"}`, "--set", "rulesConfigMaps={values}"}, open...), "rulesConfigMaps names values"},
		"an archive that would be lost":      {append(redis, "--set", "store.redis.url=redis://a:1,config.archive.dir=/var/lib/ifsev/archive"), "config.archive.dir is /var/lib/ifsev/archive, where no volume is mounted"},
		"an archive beside the volume":       {append([]string{"--set", "config.archive.dir=/archive"}, open...), "mount one there with extraVolumes and extraVolumeMounts"},
		"an archive that leaves it":          {append([]string{"--set", "config.archive.dir=/var/lib/ifsev/../archive"}, open...), "config.archive.dir is /var/lib/ifsev/../archive"},
		"an archive on what is only read":    {append([]string{"--set-json", `extraVolumes=[{"name":"a"}]`, "--set-json", `extraVolumeMounts=[{"name":"a","mountPath":"/archive","readOnly":true}]`, "--set", "config.archive.dir=/archive/x"}, open...), "config.archive.dir is /archive/x"},
		"backups beside the volume":          {append([]string{"--set", "config.backup.dir=/backups"}, open...), "config.backup.dir is /backups, where no volume is mounted"},
		"an authority without TLS":           {append(redis, "--set", "store.redis.url=redis://a:1,store.redis.ca.secret=s"), "does not ask for TLS"},
		"two authorities":                    {append(redis, "--set", "store.redis.url=rediss://a:1,store.redis.ca.secret=s,store.redis.ca.configMap=c"), "keep one"},
		"listen in the configuration":        {append([]string{"--set", "config.listen=127.0.0.1:1"}, open...), "config.listen is set by the chart: use port"},
		"store in the configuration":         {append([]string{"--set", "config.store=memory:"}, open...), "config.store is set by the chart: use store.kind"},
		"durability in the configuration":    {append([]string{"--set", "config.durability=disk"}, open...), "use store.redis.durability"},
		"two configurations":                 {append([]string{"--set", "existingConfig.name=c"}, open...), "keep one"},
		"too little time to stop":            {append([]string{"--set", "terminationGracePeriodSeconds=18"}, open...), "a stop takes up to 21 s"},
		"an Ingress without a name":          {append([]string{"--set", "ingress.enabled=true"}, open...), "ingress.enabled needs ingress.hosts"},
		"a key that does not exist":          {append([]string{"--set", "replica=2"}, open...), "replica"},
		"one below":                          {append([]string{"--set", "store.redis.adress=x"}, open...), "adress"},
		"one of the configuration":           {append([]string{"--set", "config.timezon=UTC"}, open...), "timezon"},
		"a kind of store":                    {append([]string{"--set", "store.kind=postgres"}, open...), "/store/kind"},
		"an address of something else":       {append(redis, "--set", "store.redis.url=http://redis"), "/store/redis/url"},
		"a rule file that is not read":       {append([]string{"--set", `rules.notes\.txt=x`}, open...), "notes.txt"},
		"a label that selects":               {append([]string{"--set", `podLabels.app\.kubernetes\.io/name=x`}, open...), "app.kubernetes.io/name"},
		"a variable the chart sets":          {append([]string{"--set", "env[0].name=IFSEV_STORE,env[0].value=memory:"}, open...), "/env/0/name"},
		"a secret in the configuration":      {append([]string{"--set", "config.connections.slack.token=xoxb-1"}, open...), "token"},
		"an old cluster":                     {append([]string{"--kube-version", "1.28.0"}, open...), "1.29"},
		"a port that needs root":             {append([]string{"--set", "port=80"}, open...), "/port"},
		"a replica count that is no count":   {append([]string{"--set-string", "replicas=one"}, open...), "/replicas"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := template(t, c.flags...)
			if err == nil || !strings.Contains(out, c.want) {
				t.Errorf("%v, want %q in\n%s", err, c.want, out)
			}
			if strings.Contains(out, "hunter2") {
				t.Error("the password is shown")
			}
		})
	}
}

func TestWhatFollowsFromValues(t *testing.T) {
	t.Parallel()
	t.Run("an older cluster knows no sleep before a stop", func(t *testing.T) {
		t.Parallel()
		if r := render(t, append(open, "--kube-version", "1.29.0")...); r.container(t).Lifecycle != nil {
			t.Error("it is asked to sleep")
		}
	})
	t.Run("one alone can be drained", func(t *testing.T) {
		t.Parallel()
		if r := render(t, append(open, "--set", "store.kind=redis,store.redis.url=redis://a:1")...); r.budget != nil {
			t.Error("it has a budget")
		}
	})
	t.Run("the first name of the Ingress is the address", func(t *testing.T) {
		t.Parallel()
		r := render(t, append(open, "--set", "ingress.enabled=true,ingress.hosts={a.example.com,b.example.com},ingress.tls[0].secretName=x")...)
		if text := r.configMaps["test-ifsev-config"].Data["ifsev.yaml"]; !strings.Contains(text, "url: https://a.example.com\n") {
			t.Error(text)
		}
	})
	t.Run("the authority is in the address", func(t *testing.T) {
		t.Parallel()
		for url, want := range map[string]string{"rediss://a:1/0": "rediss://a:1/0?ca=/etc/ifsev/ca/ca.crt", "rediss://a:1/0?prefix=x": "rediss://a:1/0?prefix=x&ca=/etc/ifsev/ca/ca.crt"} {
			r := render(t, append(open, "--set", "store.kind=redis,store.redis.ca.secret=s,store.redis.url="+url)...)
			if got := env(r.container(t), "IFSEV_STORE"); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
	t.Run("a variable of envFrom is taken for one that is there", func(t *testing.T) {
		t.Parallel()
		render(t, append(open, "--set", "store.kind=redis,store.redis.url=redis://$(USER):$(PASSWORD)@a:1,envFrom[0].secretRef.name=s")...)
	})
	t.Run("numbers stay what they are", func(t *testing.T) {
		t.Parallel()
		r := render(t, append(open, "--set-json", `config.fields={"n":{"type":"int"}}`, "--values", "testdata/numbers.yaml")...)
		if text := r.configMaps["test-ifsev-config"].Data["ifsev.yaml"]; !strings.Contains(text, "port: 25000\n") || !strings.Contains(text, "2026-01-05") {
			t.Error(text)
		}
	})
	t.Run("alerts that are off are not there, and others are as in the file", func(t *testing.T) {
		t.Parallel()
		r := render(t, append(open, "--set", "prometheusRule.enabled=true,prometheusRule.disabled={IfsevDown}")...)
		seen := map[string]string{}
		for _, g := range r.alerts.Spec.Groups {
			for _, rule := range g.Rules {
				seen[rule.Alert] = rule.Annotations["summary"]
			}
		}
		if _, there := seen["IfsevDown"]; there || len(seen) < 5 || !strings.Contains(seen["IfsevRulesFail"], "{{ $labels.rule }}") {
			t.Errorf("%v", seen)
		}
	})
	t.Run("what is made anew is not rolled", func(t *testing.T) {
		t.Parallel()
		r := render(t, append(open, "--set", "store.kind=redis,store.redis.url=redis://a:1,updateStrategy.type=Recreate")...)
		if s := r.deployment.Spec.Strategy; s.Type != apps.RecreateDeploymentStrategyType || s.RollingUpdate != nil {
			t.Errorf("%v", s)
		}
	})
	t.Run("a scaler takes a limit for a request", func(t *testing.T) {
		t.Parallel()
		render(t, append(open, "--set", "store.kind=redis,store.redis.url=redis://a:1,autoscaling.enabled=true,resources.requests.cpu=null,resources.limits.cpu=1")...)
	})
	t.Run("a release of any name has one that fits", func(t *testing.T) {
		t.Parallel()
		named(t, render(t, append(open, "--name-template", "1.rel", "--set", "fullnameOverride=pager")...))
		named(t, render(t, append(open, "--name-template", strings.Repeat("a", 51)+"-b")...))
	})
	t.Run("folders that are written have a volume", func(t *testing.T) {
		t.Parallel()
		mount := []string{"--set-json", `extraVolumes=[{"name":"a","persistentVolumeClaim":{"claimName":"a"}}]`, "--set-json", `extraVolumeMounts=[{"name":"a","mountPath":"/mnt/a/"}]`}
		for _, more := range [][]string{
			{"--set", "config.archive.dir=/var/lib/ifsev/archive,config.backup.dir=older"},
			append(mount, "--set", "config.archive.dir=/mnt/a,config.backup.dir=/mnt/a/b"),
			append(mount, "--set", "store.kind=redis,store.redis.url=redis://a:1,config.archive.dir=/mnt/a/b,config.backup.dir=/nowhere"), // a Redis is not backed up
			{"--set", "config.archive.dir=${env:ARCHIVE},config.backup=none"},
			{"--set", "securityContext.readOnlyRootFilesystem=false,config.archive.dir=/archive"},
		} {
			render(t, append(open, more...)...)
		}
	})
	t.Run("names stay short enough", func(t *testing.T) {
		t.Parallel()
		named(t, render(t, append(open, "--set", "fullnameOverride="+strings.Repeat("x", 70))...))
	})
}

// The network policy lets the daemon through to every port that the address of Redis names, and to no other of Redis.
func TestTheWayToRedis(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values string
		want   []int32
	}{
		"the port nobody names":   {"store.redis.url=redis://redis/0", []int32{6379}},
		"the port of the address": {"store.redis.url=rediss://redis:6380/0", []int32{6380}},
		"a user before it":        {"store.redis.passwordSecret.name=s,store.redis.url=redis://u:$(REDIS_PASSWORD)@redis:6390", []int32{6390}},
		"an address of IPv6":      {"store.redis.url=redis://[fd00::7]:6400/0?prefix=a:1:", []int32{6400}},
		"IPv6 without a port":     {"store.redis.url=redis://[fd00::7]/0", []int32{6379}},
		"no host":                 {"store.redis.url=redis:///0", []int32{6379}},
		"nodes of a cluster":      {`store.redis.url=redis+cluster://a:7000\,b:7001\,c:7000`, []int32{7000, 7001}},
		"Sentinels and masters":   {`store.redis.url=redis+sentinel://a:26379\,b:26380/m/0,networkPolicy.redisPorts={6381}`, []int32{6381, 26379, 26380}},
		"what is named beside it": {"store.redis.url=redis://redis:6380,networkPolicy.redisPorts={6380,6390}", []int32{6380, 6390}},
		"an address in a Secret":  {"store.redis.urlSecret.name=s,networkPolicy.redisPorts={6390}", []int32{6390}},
		"a host in a variable":    {"envFrom[0].secretRef.name=s,store.redis.url=redis://$(HOST):6390/0", []int32{6390}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := render(t, append(open, "--set", "store.kind=redis,networkPolicy.enabled=true,networkPolicy.ports=null,"+c.values)...)
			var got []int32
			for _, rule := range r.network.Spec.Egress[1:] { // the first is to resolve names
				for _, p := range rule.Ports {
					got = append(got, p.Port.IntVal)
				}
			}
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
