//! What a person is told of an answer that went astray, was begun again, or could not have or keep the form it must have.

use crate::exit::Failed;
use crate::tr;

/// It was stopped, and only its good part is kept.
pub(super) fn went_astray(is_interactive: bool) -> String {
    if is_interactive {
        tr!(
            "回答开始反复说同样的话，或替你说话，已停下，只留下前面好的部分；/retry 换一个回答，/set guard off 不再检查",
            "the answer began to go in circles or to speak for you; it was stopped, and only its good part is kept: /retry for another one, /set guard off to turn this check off"
        )
    } else {
        tr!(
            "回答开始反复说同样的话，或替你说话，已停下，只有前面的部分是好的；不要检查：--guard off",
            "the answer began to go in circles or to speak for you; it was stopped, and only its first part is good: --guard off turns this check off"
        )
    }
}

/// Its beginning was in the wrong language.
pub(super) fn begun_again() -> String {
    tr!(
        "回答开头用了另一种语言，已重新开始（--reply-lang）",
        "the answer began in the wrong language and is started again (--reply-lang)"
    )
}

/// The engine does not take a grammar or a schema that looked sound.
pub(super) fn refused_form(detail: &str) -> Failed {
    Failed::usage(tr!(
        "llama.cpp 用不了这个语法或 JSON Schema：{detail}。常见的原因：规则左递归，重复的次数太多，<…> 不是词表里的词元，schema 用了不支持的写法。请改一改文件，或用 /set grammar off、/set json-schema off 去掉",
        "llama.cpp cannot use this grammar or JSON schema: {detail}. Most often a rule is left-recursive, repetitions are too many, <...> is no token of the vocabulary, or the schema has what is not supported. Change the file, or leave it out with /set grammar off, /set json-schema off"
    ))
}

/// The answer that is gone on with was not written in the form that is set now.
pub(super) fn begun_otherwise() -> Failed {
    Failed::usage(tr!(
        "这个回答不能按现在的语法或 JSON Schema 接着写：先 /set grammar off、/set json-schema off 再 /continue，或用 /retry 重新回答",
        "this answer cannot go on in the grammar or JSON schema that is set now: /set grammar off, /set json-schema off and then /continue, or /retry for another one"
    ))
}

/// It was cut where its form goes on with what the model cannot spell.
pub(super) fn no_way_on(is_interactive: bool) -> String {
    if is_interactive {
        tr!(
            "语法或 JSON Schema 接下来要的字，这个模型的词表写不出，回答停在这里，写出的部分保留：/set grammar off、/set json-schema off 后可用 /continue 接着写，或改好文件再 /retry",
            "this model's vocabulary cannot spell what the grammar or JSON schema asks for next; the answer stops here, and what was written is kept: /set grammar off, /set json-schema off and then /continue, or mend the file and /retry"
        )
    } else {
        tr!(
            "语法或 JSON Schema 接下来要的字，这个模型的词表写不出，回答停在这里，没有写完：请改一改那个文件",
            "this model's vocabulary cannot spell what the grammar or JSON schema asks for next; the answer stops here and is cut: change that file"
        )
    }
}

/// The engine died over an answer that had to have a form.
pub(super) fn died_of_form(failed: Failed) -> Failed {
    let message = failed.message;
    let message = tr!(
        "{message}。回答受语法或 JSON Schema 的限制，这可能就是原因：去掉它再试（/set grammar off、/set json-schema off）",
        "{message}. The answer was held to a grammar or JSON schema, which may be why: try without it (/set grammar off, /set json-schema off)"
    );
    Failed::new(failed.exit, message)
}
