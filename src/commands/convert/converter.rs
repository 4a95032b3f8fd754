//! The process that converts, from both of its ends: how it opens what it is to read, and how it is started, heard and
//! stopped by whoever wants the file. What is said over the pipes stands in `import::worker`.

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::commands::signals::TICK;
use crate::commands::{Call, hubs, progress};
use crate::config::Environment;
use crate::exit::{Exit, Failed};
use crate::import::source::{self, Folder};
use crate::import::worker::{self, Order, Told};
use crate::locale::spoken;
use crate::store::download::Event;
use crate::store::remote::{Remote, Snapshot};
use crate::tr;

/// How long the process may take to keep what is finished when it is to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Where a checkpoint is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::commands) enum Source {
    /// A folder on this disk, or a GGUF file.
    Local(PathBuf),
    /// A snapshot on a hub.
    Hub(Snapshot),
}

/// Is the process: what is ordered on stdin.
pub(in crate::commands) fn serve(environment: &Environment) -> io::Result<()> {
    worker::serve(|source: &Source| match source {
        Source::Local(path) => Ok(source::local(path)),
        Source::Hub(snapshot) => {
            let remote = Remote::new(snapshot.clone(), &hubs::net(environment), Arc::new(pass_on))?;
            Ok(Box::new(remote) as Box<dyn Folder>)
        }
    })
}

/// What happens between us and the servers, to whoever started this process.
fn pass_on(event: &Event<'_>) {
    let told = match event {
        Event::Moved { n_bytes, .. } => Told::Arrived { n_bytes: *n_bytes },
        Event::Troubled { host, trouble, pause } => Told::Notice { message: progress::troubled(host, trouble, *pause) },
        Event::GaveUp { host, trouble } => Told::Notice { message: progress::gave_up(host, trouble) },
        _ => return,
    };
    // When nobody listens any more, the process ends by itself.
    let _ = worker::tell(&told);
}

fn not_started(error: &io::Error) -> Failed {
    Failed::new(
        Exit::Resources,
        tr!(
            "启动不了转换的进程（{error}），多半是内存或进程数受限，或 liao 刚被换掉：请关闭其他程序，再运行一次",
            "the converting process cannot be started ({error}), most likely memory or processes are limited, or liao was just replaced: close other programs and run the same command again"
        ),
    )
}

/// The process that converts, as the one sees it that started it. It ends with this.
pub(super) struct Worker {
    child: Child,
    /// While this is open, somebody waits for it.
    stdin: Option<ChildStdin>,
    told: mpsc::Receiver<Told>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.stop(|| false);
    }
}

impl Worker {
    /// Starts it, to see what would come of this order.
    pub(super) fn start(order: &Order<&Source>) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe().map_err(|error| not_started(&error))?);
        // A group of its own: the terminal's Ctrl-C is for us, who say what becomes of it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .arg("importer")
            .env("LIAO_LANG", spoken().name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| not_started(&error))?;
        let (send, told) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let lines = BufReader::new(stdout).lines().map_while(Result::ok);
                for told in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
                    if send.send(told).is_err() {
                        return;
                    }
                }
            });
        }
        let mut worker = Self { stdin: child.stdin.take(), child, told };
        worker.say(&serde_json::to_vec(order)?);
        Ok(worker)
    }

    fn say(&mut self, line: &[u8]) {
        if let Some(stdin) = &mut self.stdin {
            // If it has ended already, that is told where it is listened to.
            let _ = stdin.write_all(&[line, b"\n"].concat()).and_then(|()| stdin.flush());
        }
    }

    /// The word to begin.
    pub(super) fn go_on(&mut self) {
        self.say(b"");
    }

    /// Has it stop. It keeps what is finished, if it is given the time.
    pub(super) fn stop(&mut self, is_hurried: impl Fn() -> bool) -> Option<ExitStatus> {
        self.stdin = None;
        let until = Instant::now() + GRACE;
        while Instant::now() < until && !is_hurried() {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(TICK / 5),
                ended => return ended.ok().flatten(),
            }
        }
        let _ = self.child.kill();
        self.child.wait().ok()
    }

    /// The next thing that it tells us; what is for a person is passed on. `None`: it has ended.
    pub(super) fn next(&mut self, call: &mut Call) -> anyhow::Result<Option<Told>> {
        loop {
            if call.interrupts.take() > 0 {
                call.status.stopping();
                self.stop(|| call.interrupts.take() > 0);
                call.status.clear();
                return Err(Failed::new(
                    Exit::Interrupted,
                    tr!("停下了；同样的命令会接着做", "stopped; the same command resumes it"),
                )
                .into());
            }
            match self.told.recv_timeout(TICK) {
                Ok(Told::Notice { message }) => {
                    call.status.clear();
                    call.output.notice(&message);
                }
                Ok(told) => return Ok(Some(told)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}
