//! `scripts/setup.sh` on made-up machines: a PATH with just these programs and a file system with just these files.
//! And `.ci/run`, which calls it, with programs that fail.
#![cfg(unix)]

use crate::support::{Liao, Ran};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

const LIBCLANG: [&str; 2] =
    ["usr/lib/llvm-14/lib/libclang-14.so.1", "usr/lib/llvm-14/lib/clang/14.0.6/include/stddef.h"];

/// A machine to be.
struct Machine {
    run: Liao,
}

impl Machine {
    /// A system of this name, on which these commands are found besides the ones that every system has.
    fn new(system: &str, user_id: u32, commands: &[&str]) -> Self {
        let run = Liao::of("/bin/bash").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/setup.sh"));
        let machine = Self { run };
        for name in ["cat", "env", "mkdir", "mktemp", "rm", "touch"] {
            let real = ["/usr/bin", "/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists());
            let fake = machine.run.file(format!("bin/{name}"), "");
            std::fs::remove_file(&fake).unwrap();
            symlink(real.expect("a standard command"), fake).unwrap();
        }
        machine.command("uname", &format!("echo {system}"));
        machine.command("id", &format!("echo {user_id}"));
        commands.iter().for_each(|name| machine.command(name, "exit 0"));
        machine
    }

    fn command(&self, name: &str, script: &str) {
        let path = self.run.file(format!("bin/{name}"), format!("#!/bin/bash\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn has_files(self, paths: &[&str]) -> Self {
        paths.iter().for_each(|path| drop(self.run.file(format!("root/{path}"), "")));
        self
    }

    /// An apt-get that writes down how it was called and, where `works`, brings what was asked for.
    fn has_apt(self, works: bool) -> Self {
        let home = self.run.home().display().to_string();
        let brings = LIBCLANG
            .map(|path| {
                let parent = Path::new(path).parent().unwrap().display().to_string();
                format!("mkdir -p '{home}/root/{parent}' && touch '{home}/root/{path}'")
            })
            .join("\n");
        let last = if works { "exit 0" } else { "echo 'E: no network' >&2; exit 100" };
        self.command(
            "apt-get",
            &format!("echo \"$*\" >> '{home}/apt.log'\nif [ \"$1\" = install ] && [ {works} = true ]; then\n{brings}\nfi\n{last}"),
        );
        self
    }

    fn set_up(self, lang: &str) -> Ran {
        let (path, root) = (self.run.home().join("bin"), self.run.home().join("root"));
        self.run.env("PATH", path).env("LIAO_SETUP_ROOT", root).env("LANG", lang).run()
    }
}

fn apt_log(ran: &Ran) -> String {
    std::fs::read_to_string(ran.home().join("apt.log")).unwrap_or_default()
}

const WHOLE: [&str; 4] = ["cargo", "c++", "cmake", "make"];

#[test]
fn with_nothing_missing_it_does_and_says_nothing() {
    let ran = Machine::new("Linux", 1000, &WHOLE).has_files(&LIBCLANG).has_apt(false).set_up("zh_CN.UTF-8");
    ran.exits(0).stdout("").stderr("");
    assert_eq!(apt_log(&ran), "");
    Machine::new("Darwin", 501, &WHOLE)
        .has_files(&["Library/Developer/CommandLineTools/usr/lib/libclang.dylib"])
        .set_up("en_US.UTF-8")
        .exits(0)
        .stderr("");
    Machine::new("MINGW64_NT-10.0", 1000, &["cargo", "cmake"])
        .has_files(&["c/Program Files/LLVM/bin/libclang.dll"])
        .set_up("")
        .exits(0)
        .stderr("");
}

#[test]
fn root_on_debian_gets_just_what_is_missing() {
    let ran = Machine::new("Linux", 0, &WHOLE).has_apt(true).set_up("en_US.UTF-8");
    ran.exits(0).stdout("").stderr("Installing libclang-dev ...\n");
    assert_eq!(apt_log(&ran), "update -q\ninstall -y -q --no-install-recommends libclang-dev\n");
    // libclang alone is not enough: it needs its headers.
    let ran = Machine::new("Linux", 0, &WHOLE).has_files(&LIBCLANG[..1]).has_apt(true).set_up("");
    ran.exits(0).stderr("正在安装 libclang-dev ……\n");
}

#[test]
fn a_user_on_debian_needs_sudo() {
    let machine = Machine::new("Linux", 1000, &WHOLE).has_apt(true);
    machine.command("sudo", "\"$@\"");
    let ran = machine.set_up("zh_CN.UTF-8");
    ran.exits(0);
    assert!(apt_log(&ran).contains("install -y"), "{}", apt_log(&ran));
    let ran = Machine::new("Linux", 1000, &["cargo", "g++"]).has_apt(true).set_up("en_US.UTF-8");
    ran.exits(1).stderr_is_one_line_with(&["as root", "apt-get install -y cmake make libclang-dev"]);
    assert_eq!(apt_log(&ran), "");
}

#[test]
fn ninja_takes_the_place_of_make_only_where_cmake_is_told_so() {
    let machine = |tool| Machine::new("Linux", 1000, &["cargo", "c++", "cmake", tool]).has_files(&LIBCLANG);
    machine("gmake").set_up("en_US").exits(0).stderr("");
    machine("ninja").set_up("en_US").exits(1).stderr_has("Missing: make");
    let mut told = machine("ninja");
    told.run = told.run.env("CMAKE_GENERATOR", "Ninja");
    told.set_up("en_US").exits(0).stderr("");
    let mut without = machine("nothing");
    without.run = without.run.env("CMAKE_GENERATOR", "Ninja");
    without.set_up("en_US").exits(1).stderr_has("Missing: make");
}

#[test]
fn ci_ends_with_the_first_thing_that_fails() {
    let steps = ["setup", "test", "fmt", "clippy", "doc"];
    for n_right in 0..=steps.len() {
        let failing = steps.get(n_right).copied().unwrap_or("nothing");
        let machine = Machine::new("Linux", 1000, &[]);
        let log = machine.run.home().join("steps.log");
        // Writes down its name, or the word behind it, and fails if that is the one.
        let step = |word: &str| format!("echo {word} >> '{}'\n[ {word} != {failing} ]", log.display());
        machine.command("cargo", &step("\"$1\""));
        machine.command("dirname", "echo \"${1%/*}\"");
        machine.command("../project/scripts/setup.sh", &step("setup"));
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let copy = machine.run.file("project/.ci/run", std::fs::read(project.join(".ci/run")).unwrap());
        let ran = Liao::of("/bin/bash").arg(copy).env("PATH", machine.run.home().join("bin")).run();
        assert_eq!(ran.code() == Some(0), n_right == steps.len(), "{failing}: {:?} {}", ran.code(), ran.stderr_text());
        let done = std::fs::read_to_string(&log).unwrap();
        let expected = &steps[..steps.len().min(n_right + 1)];
        assert_eq!(done.lines().collect::<Vec<_>>(), expected, "{failing}");
    }
}

#[test]
fn a_failed_installation_is_shown() {
    let ran = Machine::new("Linux", 0, &WHOLE).has_apt(false).set_up("en_US.UTF-8");
    ran.exits(1).stderr_has("E: no network").stderr_has("run this script again");
    // apt brings libclang here, but no cmake: what it says is not taken for what is there.
    let ran = Machine::new("Linux", 0, &["cargo", "c++", "make"]).has_apt(true).set_up("en_US.UTF-8");
    ran.exits(1).stderr_has("still not found: cmake");
}

#[test]
fn other_systems_are_told_what_to_type() {
    for (system, commands, line) in [
        ("Darwin", &["cargo", "clang++", "make"][..], "brew install cmake llvm"),
        ("MINGW64_NT-10.0", &["cargo"], "winget install Kitware.CMake LLVM.LLVM"),
        ("Linux", &["cargo", "g++", "dnf"], "sudo dnf install -y cmake make clang-devel"),
        ("Linux", &["cargo", "g++", "pacman"], "sudo pacman -S --needed cmake make clang"),
        ("Linux", &["cargo", "g++", "zypper"], "sudo zypper install -y cmake make clang-devel"),
        ("Linux", &["cargo", "g++"], "cmake"),
        ("FreeBSD", &["cargo", "c++"], "FreeBSD"),
    ] {
        for (lang, word) in [("zh_CN.UTF-8", "再运行本脚本"), ("de_DE.UTF-8", "run this script again")] {
            let ran = Machine::new(system, 1000, commands).set_up(lang);
            ran.exits(1).stdout("").stderr_is_one_line_with(&[line, word]);
        }
    }
}

#[test]
fn without_cargo_or_a_compiler_it_says_so_first() {
    let ran = Machine::new("Linux", 0, &["g++"]).has_apt(true).set_up("C.UTF-8");
    ran.exits(1).stderr_is_one_line_with(&["cargo", "https://rustup.rs"]);
    assert_eq!(apt_log(&ran), "");
    let machine = Machine::new("Linux", 0, &["g++"]);
    machine.run.file(".cargo/bin/cargo", "");
    machine.set_up("en_US.UTF-8").exits(1).stderr_is_one_line_with(&["not in PATH", "/.cargo/env"]);
    let ran = Machine::new("Linux", 0, &["cargo"]).has_apt(true).set_up("en_US.UTF-8");
    ran.exits(1).stderr_is_one_line_with(&["C++", "apt-get install -y g++"]);
    Machine::new("Darwin", 501, &["cargo"]).set_up("en_US").exits(1).stderr_has("xcode-select --install");
}
