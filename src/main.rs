//! Parse, run, print the error once, exit code: see [`liao::run`].

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(liao::run(std::env::args_os().collect()) as u8)
}
