"""What PostgreSQL, Redis and our own servers have in common: a child process with a log, a port and an end."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1


def free_port():
    """A port on 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def end_with_parent():
    """Runs in the child: a killed test run leaves no servers behind (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """A child in a process group of its own, which is ended by its id. Its output goes to a log file."""

    stop_signal = signal.SIGTERM
    start_seconds = 30
    stop_seconds = 15

    def __init__(self, name, log_path):
        self.name = name
        self.log_path = log_path
        self.popen = None
        self.ended_by_test = False

    def command(self):
        raise NotImplementedError

    def is_ready(self):
        raise NotImplementedError

    def popen_options(self):
        return {}

    def start(self):
        """Starts and waits until it answers. Raises AssertionError with the end of the log when it does not."""
        self.spawn()
        self.wait_ready()
        return self

    def spawn(self):
        self.ended_by_test = False
        # The kernel sends that signal when the thread ends that started the child, so only the main thread may ask.
        tied = end_with_parent if threading.current_thread() is threading.main_thread() else None
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tied,  # noqa: PLW1509 (it makes one system call)
                **self.popen_options(),
            )

    def wait_ready(self):
        deadline = time.monotonic() + self.start_seconds
        while not self.is_ready():
            if self.popen.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.popen.returncode} at start:\n{self.log()[-4000:]}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"{self.name} was not ready in {self.start_seconds} s:\n{self.log()[-4000:]}")
            time.sleep(0.05)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def is_running(self):
        return self.popen is not None and self.popen.poll() is None

    def stop(self):
        """Asks it to end and returns its exit code; raises AssertionError when it had to be killed."""
        self.ended_by_test = True
        if not self.is_running:
            return self.popen.returncode if self.popen else None
        self.popen.send_signal(self.stop_signal)
        try:
            return self.popen.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            complaint = f"{self.name} did not end within {self.stop_seconds} s of {self.stop_signal.name}"
            raise AssertionError(f"{complaint}:\n{self.log()[-4000:]}") from None

    def kill(self):
        """SIGKILL to it and to its children."""
        self.ended_by_test = True
        if self.popen is None:
            return
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait()

    def pause(self):
        """Hangs: the process lives and answers nothing."""
        os.killpg(self.popen.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self.popen.pid, signal.SIGCONT)

    def restart(self):
        self.stop()
        return self.start()

    def log(self, start=0):
        """What it has written, from this byte on."""
        if not self.log_path.exists():
            return ""
        with open(self.log_path, "rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        if self.is_running:
            self.resume()
        self.stop()
