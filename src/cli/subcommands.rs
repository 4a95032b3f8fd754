//! The one table of subcommands, and what the page of each says beside its options. How a page is built stands in
//! [`super::help`], what the words behind `liao sessions` mean in [`super::sessions`].

use super::options::on;
use crate::locale::said;
use crate::tr;

/// A subcommand.
pub(super) struct Sub {
    /// What is typed.
    pub(super) name: &'static str,
    /// Its bit, by which the options find it.
    pub(super) on: u16,
    /// What stands for the word that it takes: Chinese, English; empty where it takes none.
    pub(super) word: [&'static str; 2],
    /// One line of help: Chinese, English. Empty: it does not show.
    pub(super) help: [&'static str; 2],
}

/// Every subcommand, in the order of `--help`.
pub(super) const SUBCOMMANDS: &[Sub] = &[
    Sub {
        name: "pull",
        on: on::FILES | on::PULL,
        word: ["名字[:量化]", "NAME[:QUANT]"],
        help: ["下载一个模型，已有的则核对", "download a model, or verify one that is here"],
    },
    Sub {
        name: "list",
        on: on::FILES,
        word: ["", ""],
        help: ["磁盘上的和能得到的模型，哪些放得进内存", "installed and available models, and which fit in memory"],
    },
    Sub {
        name: "show",
        on: on::FILES,
        word: ["名字[:量化]|路径", "NAME[:QUANT]|PATH"],
        help: ["关于一个模型的一切", "show everything known about a model"],
    },
    Sub {
        name: "rm",
        on: on::FILES,
        word: ["名字[:量化]", "NAME[:QUANT]"],
        help: ["删掉一个模型的文件", "remove a model's files"],
    },
    Sub {
        name: "import",
        on: on::IMPORT,
        word: ["目录|文件.gguf", "DIR|FILE.gguf"],
        help: ["把训练所得的权重，或没有量化的 GGUF，量化成 GGUF", "make a quantized GGUF of a checkpoint or GGUF"],
    },
    Sub {
        name: "sessions",
        on: on::SESSIONS,
        word: ["", ""],
        help: ["磁盘上的对话：列出、看、删、导出", "conversations on disk: list, show, remove, export"],
    },
    Sub {
        name: "prompt",
        on: on::PROMPT,
        word: ["", ""],
        help: ["看模型到底读到什么：片段和词元", "show exactly what the model would read"],
    },
    Sub {
        name: "bench",
        on: on::BENCH,
        word: ["", ""],
        help: ["测量这台机器上的速度", "measure the speed on this machine"],
    },
    Sub {
        name: "config",
        on: on::CONFIG,
        word: ["", ""],
        help: ["列出每项设置和它从哪里来", "print every setting and where it came from"],
    },
    Sub {
        name: "doctor",
        on: on::CONFIG,
        word: ["", ""],
        help: ["检查终端、程序、内存、模型、设置", "check terminal, build, memory, models, settings"],
    },
    Sub {
        name: "completions",
        on: on::HELP,
        word: ["SHELL|man", "SHELL|man"],
        help: ["写出 shell 的补全脚本，或手册页", "write a shell's completions, or the man page"],
    },
    Sub {
        name: "help",
        on: on::HELP,
        word: ["", ""],
        help: ["帮助；liao help config 讲配置文件", "help; liao help config explains the file"],
    },
    Sub { name: "engine", on: 0, word: ["", ""], help: ["", ""] },
    Sub { name: "importer", on: 0, word: ["", ""], help: ["", ""] },
];

/// What `liao completions` can write.
pub(crate) const COMPLETIONS: &[&str] = &["bash", "zsh", "fish", "powershell", "elvish", "man"];

impl Sub {
    /// How it is called.
    pub(super) fn usage(&self) -> String {
        let (name, word) = (self.name, said(self.word));
        match name {
            "prompt" => tr!("liao prompt --messages 文件 [选项]", "liao prompt --messages FILE [OPTIONS]"),
            "help" => tr!("liao help [config|子命令]", "liao help [config|COMMAND]"),
            "sessions" => tr!(
                "liao sessions [list [N|all]]                列出最近的几个，或全部
      liao sessions show [编号|名字]              看说过什么
      liao sessions rm 编号|名字…                 删掉
      liao sessions export 编号|名字 文件.md|文件.json|-
                                                  写成文件；- 是标准输出",
                "liao sessions [list [N|all]]                the latest ones, or all
       liao sessions show [ID|NAME]                what was said in one
       liao sessions rm ID|NAME...                 remove some
       liao sessions export ID|NAME FILE.md|FILE.json|-
                                                   write one to a file; - is stdout"
            ),
            _ if word.is_empty() => tr!("liao {name} [选项]", "liao {name} [OPTIONS]"),
            _ => tr!("liao {name} {word} [选项]", "liao {name} {word} [OPTIONS]"),
        }
    }
}

/// What stands below the options on a page; `liao` is the page of all. May be empty.
pub(super) fn more(name: &str) -> String {
    match name {
        "completions" => tr!(
            "写到 stdout，放到这些地方就生效（目录没有就先建）：
  bash        liao completions bash >> ~/.bash_completion
  zsh         liao completions zsh > ~/.zfunc/_liao（fpath 里要有 ~/.zfunc）
  fish        liao completions fish > ~/.config/fish/completions/liao.fish
  powershell  liao completions powershell >> $PROFILE
  elvish      liao completions elvish >> ~/.config/elvish/rc.elv
  手册页      liao completions man > ~/.local/share/man/man1/liao.1",
            "Written to stdout; it works from these places (create the folder first):
  bash        liao completions bash >> ~/.bash_completion
  zsh         liao completions zsh > ~/.zfunc/_liao (~/.zfunc in fpath)
  fish        liao completions fish > ~/.config/fish/completions/liao.fish
  powershell  liao completions powershell >> $PROFILE
  elvish      liao completions elvish >> ~/.config/elvish/rc.elv
  man page    liao completions man > ~/.local/share/man/man1/liao.1"
        ),
        "doctor" => tr!(
            "每项一行：✓ 好，! 值得看看，✗ 坏了；下面一行是该做什么。
没有坏的，退出码就是 0。-m 等其他选项也能放在这里，看用它们会怎样。",
            "One line for each thing: ✓ is fine, ! is worth a look, ✗ is broken; what to do
follows on the next line. The exit code is 0 unless something is broken. Other
options, such as -m, may be given too, to see what they would change."
        ),
        "liao" => tr!(
            "多数也能写在 config.toml 里，或给成环境变量 LIAO_*：见 liao help config",
            "Most can also be set in config.toml or as LIAO_* variables: liao help config"
        ),
        "pull" => tr!(
            "不说量化时，按这台机器的内存选一个。认得的名字见 liao list；没有列出的模型：
  liao pull hf:组织/仓库              按内存选一个 GGUF 文件
  liao pull hf:组织/仓库:Q4_K_M       这个量化
  liao pull hf:组织/仓库/文件.gguf    这个文件
断了再运行一次就接着下。已有的会核对 SHA-256；Hugging Face 缓存里有的直接用。",
            "Without a quantization, one that suits this machine's memory is chosen.
Known names: liao list. For a model that is not listed there:
  liao pull hf:ORG/REPO               the GGUF file that suits the memory
  liao pull hf:ORG/REPO:Q4_K_M        this quantization
  liao pull hf:ORG/REPO/FILE.gguf     this file
If it is interrupted, the same command resumes it. What is already here is
checked against its SHA-256; files in a Hugging Face cache are used."
        ),
        "config" => tr!(
            "liao 的其他选项也能放在这里，看它们会得到什么值",
            "Any other option of liao may be given too, to see what value it would get"
        ),
        _ => String::new(),
    }
}
