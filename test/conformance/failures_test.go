package conformance

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/yamux"
)

const metricCookie = "ARGO_ROLLOUTS_RPC_PLUGIN=metricprovider"

// bare is a plugin process without a client: the test speaks for itself.
type bare struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
	log    *logBuffer
	socket string
	exited chan int
}

func startBare(t *testing.T, env ...string) *bare {
	t.Helper()
	b := &bare{cmd: fixtureCommand(t, "metric-fixture", append([]string{metricCookie}, env...)...), log: &logBuffer{}, exited: make(chan int, 1)}
	b.cmd.Stderr = b.log
	pipe, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.stdout = bufio.NewReader(pipe)
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.cmd.Process.Kill() })
	line, err := b.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("no handshake: %v\n%s", err, b.log)
	}
	fields := strings.Split(strings.TrimSpace(line), "|")
	if len(fields) != 6 || strings.Join(fields[:3], "|") != "1|1|unix" || fields[4] != "netrpc" || fields[5] != "" {
		t.Fatalf("handshake %q", line)
	}
	b.socket = fields[3]
	go func() {
		_ = b.cmd.Wait()
		b.exited <- b.cmd.ProcessState.ExitCode()
	}()
	return b
}

func (b *bare) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", b.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (b *bare) mustExit(t *testing.T, code int, within time.Duration) {
	t.Helper()
	select {
	case got := <-b.exited:
		if got != code {
			t.Fatalf("exit code %d, expected %d\n%s", got, code, b.log)
		}
	case <-time.After(within):
		t.Fatalf("alive after %s\n%s", within, b.log)
	}
	if _, err := os.Stat(filepath.Dir(b.socket)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the socket's directory is left behind: %v", err)
	}
}

func TestStartWithoutTheCookie(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"ARGO_ROLLOUTS_RPC_PLUGIN=", "ARGO_ROLLOUTS_RPC_PLUGIN=step", "OTHER=1"} {
		cmd := fixtureCommand(t, "metric-fixture", env)
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Fatalf("%s: %v", env, err)
		}
		mustContain(t, stderr.String(), "Cannot start plugin: ARGO_ROLLOUTS_RPC_PLUGIN must be 'metricprovider'")
		if stdout.String() != "" {
			t.Fatalf("standard output %q", stdout.String())
		}
	}
}

func TestSocketIsPrivateAndClosesAfterTheFirstConnection(t *testing.T) {
	t.Parallel()
	b := startBare(t)
	info, err := os.Stat(filepath.Dir(b.socket))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v %v", info.Mode(), err)
	}
	conn := b.dial(t)
	eventually(t, 5*time.Second, "the directory is removed", func() bool {
		_, err := os.Stat(filepath.Dir(b.socket))
		return errors.Is(err, os.ErrNotExist)
	})
	if second, err := net.Dial("unix", b.socket); err == nil {
		second.Close()
		t.Fatal("a second client could connect")
	}
	conn.Close()
	b.mustExit(t, 0, 5*time.Second)
}

func TestStaleDirectoriesOfKilledProcessesAreRemoved(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	make := func(name string, age time.Duration) string {
		path := filepath.Join(base, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stale := make(fmt.Sprintf("argo-plugin-%d-aaaaaa", dead.Process.Pid), time.Hour)
	kept := []string{
		make(fmt.Sprintf("argo-plugin-%d-bbbbbb", dead.Process.Pid), 0),
		make(fmt.Sprintf("argo-plugin-%d-cccccc", os.Getpid()), time.Hour),
		make("argo-plugin-else", time.Hour),
	}
	b := startBare(t, "TMPDIR="+base)
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the stale directory is still there")
	}
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
	}
	b.dial(t).Close()
	b.mustExit(t, 0, 5*time.Second)
}

func TestSignals(t *testing.T) {
	t.Parallel()
	b := startBare(t)
	if err := b.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-b.exited:
		t.Fatal("SIGINT ended the process")
	case <-time.After(300 * time.Millisecond):
	}
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	b.mustExit(t, 0, 5*time.Second)
}

// A killed controller sends no Quit; the shell here is the parent that dies before anybody connects.
func TestParentGone(t *testing.T) {
	t.Parallel()
	fixture := fixtureCommand(t, "metric-fixture")
	shell := exec.Command("sh", "-c", fmt.Sprintf("%s %s & echo $!; sleep 60", fixture.Path, fixture.Args[1]))
	shell.Env = append(os.Environ(), metricCookie)
	pipe, _ := shell.StdoutPipe()
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(pipe)
	var pid int
	if _, err := fmt.Fscan(reader, &pid); err != nil {
		t.Fatal(err)
	}
	_, _ = reader.ReadString('\n')
	if line, err := reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "1|1|unix|") {
		t.Fatalf("%q %v", line, err)
	}
	_ = shell.Process.Kill()
	eventually(t, 10*time.Second, "the plugin follows its parent", func() bool {
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || isZombie(pid)
	})
}

func TestConnectionClosedInTheMiddle(t *testing.T) {
	t.Parallel()
	b := startBare(t)
	conn := b.dial(t)
	if _, err := conn.Write([]byte{0, 1, 0, 1, 0, 0}); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	b.mustExit(t, 0, 5*time.Second)
}

func TestBrokenYamuxEndsTheProcess(t *testing.T) {
	t.Parallel()
	for name, frames := range map[string][]byte{
		"version":          {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0},
		"type":             {0, 9, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0},
		"even id":          {0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0},
		"duplicate stream": {0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0},
		"above the window": {0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0, 1},
	} {
		b := startBare(t)
		conn := b.dial(t)
		if _, err := conn.Write(frames); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(conn)
		goAway := string([]byte{0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
		if !strings.HasSuffix(string(answer), goAway) {
			t.Fatalf("%s: no go-away with a protocol error in % x", name, answer)
		}
		b.mustExit(t, 1, 5*time.Second)
		mustLog(t, b.log, `"@level":"error"`)
	}
}

// openPlugin goes by hand to where the client's gob stream begins.
func openPlugin(t *testing.T, conn net.Conn) (*yamux.Session, net.Conn, *rpc.Client) {
	t.Helper()
	session, err := yamux.Client(conn, nil)
	if err != nil {
		t.Fatal(err)
	}
	open := func() net.Conn {
		stream, err := session.Open()
		if err != nil {
			t.Fatal(err)
		}
		return stream
	}
	control := rpc.NewClient(open())
	open()
	open()
	var id uint32
	if err := control.Call("Dispenser.Dispense", "RpcMetricProviderPlugin", &id); err != nil {
		t.Fatal(err)
	}
	stream := open()
	if err := binary.Write(stream, binary.LittleEndian, id); err != nil {
		t.Fatal(err)
	}
	var echo uint32
	if err := binary.Read(stream, binary.LittleEndian, &echo); err != nil || echo != id {
		t.Fatalf("echo %d of %d: %v", echo, id, err)
	}
	return session, stream, control
}

// A decoder that is out of step cannot recover, and the pings of the control stream would still succeed: the process
// ends, and the controller starts a fresh one.
func TestBrokenGobEndsTheProcess(t *testing.T) {
	t.Parallel()
	for name, message := range map[string][]byte{
		"unknown type":    {3, 0xff, 0x90, 0},
		"reserved type":   {3, 0x7b, 0, 0},
		"empty message":   {0},
		"33 MiB":          {0xfc, 0x02, 0x10, 0x00, 0x00},
		"length of bytes": {0x80},
		"not a struct":    {3, 4, 0, 6},
	} {
		b := startBare(t)
		_, stream, _ := openPlugin(t, b.dial(t))
		if _, err := stream.Write(message); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.mustExit(t, 1, 5*time.Second)
	}
}

func TestUnknownMethodArgumentAndPluginAreErrorsOfTheCall(t *testing.T) {
	t.Parallel()
	b := startBare(t)
	_, stream, control := openPlugin(t, b.dial(t))
	client := rpc.NewClient(stream)
	for method, text := range map[string]string{
		"Plugin.Promote": "can't find method Plugin.Promote", "Nothing": "can't find method Nothing",
		"Plugin.Run": "Cannot read argument: expected 'RunArgs', received nil",
	} {
		var reply struct{ X int }
		err := client.Call(method, new(any), &reply)
		if err == nil {
			t.Fatalf("%s succeeded", method)
		}
		mustContain(t, err.Error(), text)
	}
	var id uint32
	if err := control.Call("Dispenser.Dispense", "RpcStepPlugin", &id); err == nil || err.Error() != "unknown plugin type: RpcStepPlugin" {
		t.Fatal(err)
	}
	for i := 0; i < 50; i++ {
		if err := control.Call("Dispenser.Dispense", "RpcMetricProviderPlugin", &id); err != nil {
			t.Fatal(err)
		}
	}
}

// Quit is answered although a call runs, and the process then goes by itself.
func TestQuitIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	running := make(chan v1alpha1.Measurement, 1)
	go func() { running <- metric.Run(runNamed("r"), metricWith(`{"do":"never"}`)) }()
	s.mustPing(t)
	began := time.Now()
	s.client.Kill()
	if took := time.Since(began); took > 1500*time.Millisecond {
		t.Fatalf("Kill took %s", took)
	}
	mustContain(t, (<-running).Message, "Run rpc call error")
	if strings.Contains(s.log.String(), "plugin failed to exit gracefully") {
		t.Fatal(s.log)
	}
}

// The client opens two streams that nothing is ever written to. Each needs an acknowledgement within 75 s.
func TestIdleSessionLives(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	for idle := 0; idle < 80; idle += 20 {
		time.Sleep(20 * time.Second)
		s.mustPing(t)
	}
	if got := metric.Run(runNamed("r"), metricWith(`{"do":"wait"}`)); got.Value != "r" {
		t.Fatalf("%+v\n%s", got, s.log)
	}
}

func TestBlockedEventLoopIsSurvived(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	if got := metric.Run(runNamed("r"), metricWith(`{"do":"block","ms":5000}`)); got.Value != "awake" {
		t.Fatalf("%+v\n%s", got, s.log)
	}
	s.mustPing(t)
}

func TestStandardOutputStaysClean(t *testing.T) {
	t.Parallel()
	b := startBare(t)
	_, stream, _ := openPlugin(t, b.dial(t))
	raw, err := (plugin.Plugin)(pluginMap["RpcMetricProviderPlugin"]).Client(nil, rpc.NewClient(stream))
	if err != nil {
		t.Fatal(err)
	}
	metric := raw.(interface {
		Run(*v1alpha1.AnalysisRun, v1alpha1.Metric) v1alpha1.Measurement
	})
	got := metric.Run(runNamed("r"), metricWith(`{"do":"print","text":"stray"}`))
	if got.Value != "printed" {
		t.Fatalf("%+v", got)
	}
	mustLog(t, b.log, `"text":"stray"`)
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	rest, _ := io.ReadAll(b.stdout)
	if len(rest) > 0 {
		t.Fatalf("standard output has %q after the handshake", rest)
	}
}

func TestLogLinesAreUnderstoodByTheClient(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	metric.Run(runNamed("r"), metricWith(`{"do":"throw","text":"no quota"}`))
	mustLog(t, s.log, "measurement failed")
	for _, line := range strings.Split(s.log.String(), "\n") {
		if strings.Contains(line, "measurement failed") {
			mustContain(t, line, `"@level":"warn"`)
			mustContain(t, line, `"error":"no quota"`)
			mustContain(t, line, `"timestamp":"20`)
			return
		}
	}
}

func TestUncaughtErrorEndsTheProcess(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	got := metric.Run(runNamed("r"), metricWith(`{"do":"crash","text":"boom"}`))
	mustContain(t, got.Message, "Run rpc call error: unexpected EOF")
	eventually(t, 5*time.Second, "exit", s.client.Exited)
	mustLog(t, s.log, "boom")
}
