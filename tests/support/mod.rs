//! Runs the real program in a home of its own and holds what it did against what it should do.
//!
//! Every run starts from a cleared environment, and ends: one that takes too long is killed and fails with what it
//! had printed until then. `pty` does the same on a terminal.

#![allow(dead_code, reason = "each theme uses its own part of this")]

pub(crate) mod answers;
pub(crate) mod checkpoint;
pub(crate) mod faults;
pub(crate) mod gguf;
pub(crate) mod good;
pub(crate) mod mutate;
#[cfg(unix)]
pub(crate) mod pty;
pub(crate) mod rewrite;
pub(crate) mod sessions;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(5);

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A run to be: what is typed, what comes in, in which surroundings.
pub(crate) struct Liao {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Option<Vec<u8>>,
    keeps_stdin_open: bool,
    stdout_limit: Option<usize>,
    timeout: Duration,
    home: Arc<tempfile::TempDir>,
}

impl Liao {
    /// `liao` with nothing typed behind it, stdin empty, in a new home.
    pub(crate) fn new() -> Self {
        Self::of(env!("CARGO_BIN_EXE_liao"))
    }

    /// Another program in the same surroundings: to test the harness itself, or what liao is compared with.
    pub(crate) fn of(program: impl Into<PathBuf>) -> Self {
        let home = Arc::new(tempfile::tempdir().expect("a temporary directory"));
        let mut env: Vec<(OsString, OsString)> = vec![
            ("LIAO_HOME".into(), home.path().join("liao").into()),
            ("HOME".into(), home.path().into()),
            ("USERPROFILE".into(), home.path().into()),
        ];
        // Without these, neither a shell nor (on Windows) any program starts.
        let needed = ["PATH", "SystemRoot", "TEMP", "TMP"];
        env.extend(needed.iter().filter_map(|name| Some(((*name).into(), std::env::var_os(name)?))));
        Self {
            program: program.into(),
            args: Vec::new(),
            env,
            stdin: Some(Vec::new()),
            keeps_stdin_open: false,
            stdout_limit: None,
            timeout: Duration::from_secs(60),
            home,
        }
    }

    /// Types one more word.
    pub(crate) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Types more words.
    pub(crate) fn args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// On a system set to English. Without this it is set to nothing, and liao speaks Chinese.
    pub(crate) fn english(self) -> Self {
        self.env("LANG", "en_US.UTF-8")
    }

    /// Pipes these bytes in, then closes stdin.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// stdin is a pipe that stays open for [`Running::write_stdin`].
    pub(crate) fn open_stdin(mut self) -> Self {
        self.stdin = Some(Vec::new());
        self.keeps_stdin_open = true;
        self
    }

    /// stdin is the null device.
    pub(crate) fn no_stdin(mut self) -> Self {
        self.stdin = None;
        self
    }

    /// Whoever reads stdout closes it after so many bytes, as `head -c` does.
    pub(crate) fn stdout_limit(mut self, n_bytes: usize) -> Self {
        self.stdout_limit = Some(n_bytes);
        self
    }

    /// Longer than this is a failure.
    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// In the home of an earlier run.
    pub(crate) fn in_home_of(mut self, ran: &Ran) -> Self {
        self.home = Arc::clone(&ran.home);
        let (home, liao_home) = (self.home.path().to_owned(), self.liao_home());
        self.env("HOME", home).env("LIAO_HOME", liao_home)
    }

    /// The directory that the run takes for its home and starts in.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where it keeps its own files.
    pub(crate) fn liao_home(&self) -> PathBuf {
        self.home.path().join("liao")
    }

    /// Puts a file there (by a path relative to the home) and gives its full path.
    pub(crate) fn file(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a parent")).expect("its directory");
        std::fs::write(&path, bytes).expect("a file in the temporary home");
        path
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ran {
        self.start().finish()
    }

    /// Starts it, to be watched while it runs.
    pub(crate) fn start(self) -> Running {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(self.env).current_dir(self.home.path());
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let stdout = Captured::of(child.stdout.take().expect("piped"), self.stdout_limit);
        let stderr = Captured::of(child.stderr.take().expect("piped"), None);
        let mut stdin = child.stdin.take();
        if let Some(bytes) = self.stdin.filter(|_| !self.keeps_stdin_open) {
            let mut pipe = stdin.take().expect("piped");
            // A thread, because the program may write much before it reads on; it may also not read all.
            thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let deadline = Instant::now() + self.timeout;
        let typed = format!("{:?} {:?}", self.program.file_name().unwrap_or_default(), self.args);
        Running { child, stdin, stdout, stderr, deadline, typed, home: self.home }
    }

    #[cfg(unix)]
    fn into_pty_parts(self) -> (portable_pty::CommandBuilder, Arc<tempfile::TempDir>, Duration) {
        let mut command = portable_pty::CommandBuilder::new(&self.program);
        command.args(&self.args);
        command.env_clear();
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command.cwd(self.home.path());
        (command, self.home, self.timeout)
    }
}

/// What one stream has brought so far.
struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Captured {
    fn of(mut pipe: impl Read + Send + 'static, limit: Option<usize>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut n_left = limit.unwrap_or(usize::MAX);
            let mut buffer = [0; 8192];
            while n_left > 0 {
                let room = buffer.len().min(n_left);
                match pipe.read(&mut buffer[..room]) {
                    Ok(0) | Err(_) => break,
                    Ok(n) => kept.lock().unwrap().extend_from_slice(&buffer[..n]),
                }
                n_left = limit.map_or(usize::MAX, |limit| limit - kept.lock().unwrap().len());
            }
        });
        Self { bytes, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

/// A run in progress. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Captured,
    stderr: Captured,
    deadline: Instant,
    typed: String,
    home: Arc<tempfile::TempDir>,
}

impl Running {
    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends bytes into an open stdin.
    pub(crate) fn write_stdin(&mut self, bytes: impl AsRef<[u8]>) {
        let pipe = self.stdin.as_mut().expect("open_stdin, and not closed");
        pipe.write_all(bytes.as_ref()).and_then(|()| pipe.flush()).expect("the program reads its stdin");
    }

    /// Closes an open stdin.
    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits until stdout has brought this text.
    pub(crate) fn wait_for_stdout(&mut self, text: &str) {
        self.wait_until(&format!("{text:?} on stdout"), |run| run.stdout.text().contains(text));
    }

    /// Waits until stderr has brought this text.
    pub(crate) fn wait_for_stderr(&mut self, text: &str) {
        self.wait_until(&format!("{text:?} on stderr"), |run| run.stderr.text().contains(text));
    }

    /// Bytes that stderr has brought so far.
    pub(crate) fn n_stderr_bytes(&self) -> usize {
        self.stderr.bytes.lock().unwrap().len()
    }

    /// Waits until stderr has brought all of these texts behind its first bytes.
    #[track_caller]
    pub(crate) fn wait_for_stderr_behind(&mut self, n_bytes: usize, texts: &[&str]) {
        self.wait_until(&format!("{texts:?} on stderr"), |run| {
            let told = String::from_utf8_lossy(&run.stderr.bytes.lock().unwrap()[n_bytes..]).into_owned();
            texts.iter().all(|text| told.contains(text))
        });
    }

    /// Waits until a file has more than so many bytes.
    #[track_caller]
    pub(crate) fn wait_for_file(&mut self, path: &Path, n_bytes: u64) {
        self.wait_until(&format!("{} to have more than {n_bytes} bytes", path.display()), |_| {
            std::fs::metadata(path).is_ok_and(|is| is.len() > n_bytes)
        });
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("the process is there");
    }

    /// Closes its stdin and waits for its end.
    pub(crate) fn finish(mut self) -> Ran {
        self.close_stdin();
        self.end_by_itself()
    }

    /// Waits for its end, with stdin as it is.
    pub(crate) fn end_by_itself(mut self) -> Ran {
        let mut status = None;
        self.wait_until("its end", |run| {
            status = run.child.try_wait().expect("a child can be waited for");
            status.is_some()
        });
        // A stream that is still open is held by a child that it left behind.
        self.wait_until("both streams to close", |run| {
            run.stdout.reader.is_finished() && run.stderr.reader.is_finished()
        });
        Ran {
            status: status.expect("waited for"),
            stdout: self.stdout.bytes.lock().unwrap().clone(),
            stderr: self.stderr.bytes.lock().unwrap().clone(),
            typed: self.typed.clone(),
            home: Arc::clone(&self.home),
        }
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        while !is_so(self) {
            if Instant::now() > self.deadline {
                let _ = self.child.kill();
                panic!(
                    "{}: timed out waiting for {what}\n{}",
                    self.typed,
                    both(&self.stdout.text(), &self.stderr.text())
                );
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Most often it has ended, and there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn both(stdout: &str, stderr: &str) -> String {
    format!("--- stdout ---\n{stdout}\n--- stderr ---\n{stderr}\n---")
}

/// A run that has ended. Its assertions can be chained; each shows both streams when it fails.
pub(crate) struct Ran {
    status: ExitStatus,
    /// All of stdout, or what was read of it.
    pub(crate) stdout: Vec<u8>,
    /// All of stderr.
    pub(crate) stderr: Vec<u8>,
    typed: String,
    home: Arc<tempfile::TempDir>,
}

impl Ran {
    /// stdout as text.
    pub(crate) fn stdout_text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap_or_else(|e| panic!("{}", self.told(&format!("stdout: {e}"))))
    }

    /// stderr as text.
    pub(crate) fn stderr_text(&self) -> &str {
        std::str::from_utf8(&self.stderr).unwrap_or_else(|e| panic!("{}", self.told(&format!("stderr: {e}"))))
    }

    /// stdout as JSON Lines.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| {
            serde_json::from_str(line)
                .unwrap_or_else(|e| panic!("{}", self.told(&format!("{line:?} is not JSON: {e}"))))
        };
        self.stdout_text().lines().map(parse).collect()
    }

    /// The home it ran in.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The exit code; `None` when a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// It ended with this exit code.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert!(self.status.code() == Some(code), "{}", self.told(&format!("{} is not exit code {code}", self.status)));
        self
    }

    /// stdout is exactly this.
    #[track_caller]
    pub(crate) fn stdout(&self, expected: &str) -> &Self {
        assert!(self.stdout_text() == expected, "{}", self.told(&format!("stdout is not {expected:?}")));
        self
    }

    /// stderr is exactly this.
    #[track_caller]
    pub(crate) fn stderr(&self, expected: &str) -> &Self {
        assert!(self.stderr_text() == expected, "{}", self.told(&format!("stderr is not {expected:?}")));
        self
    }

    /// stdout has this in it.
    #[track_caller]
    pub(crate) fn stdout_has(&self, text: &str) -> &Self {
        assert!(self.stdout_text().contains(text), "{}", self.told(&format!("no {text:?} on stdout")));
        self
    }

    /// stderr has this in it.
    #[track_caller]
    pub(crate) fn stderr_has(&self, text: &str) -> &Self {
        assert!(self.stderr_text().contains(text), "{}", self.told(&format!("no {text:?} on stderr")));
        self
    }

    /// stderr is one line that has all of these in it.
    #[track_caller]
    pub(crate) fn stderr_is_one_line_with(&self, texts: &[&str]) -> &Self {
        let stderr = self.stderr_text();
        let is_one_line = stderr.ends_with('\n') && stderr.lines().count() == 1;
        assert!(is_one_line, "{}", self.told("stderr is not one line"));
        for text in texts {
            self.stderr_has(text);
        }
        self
    }

    /// Neither stream has an escape in it.
    #[track_caller]
    pub(crate) fn has_no_escapes(&self) -> &Self {
        assert!(!self.stdout.contains(&0x1b) && !self.stderr.contains(&0x1b), "{}", self.told("there is an escape"));
        self
    }

    fn told(&self, what: &str) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string().replace("\\n", "\n");
        format!("{}: {what} ({})\n{}", self.typed, self.status, both(&text(&self.stdout), &text(&self.stderr)))
    }
}
