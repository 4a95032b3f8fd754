//! What the name of a GGUF file tells: its quantization and, of a model in several files, which part of it this is.
//! People name files as they like; what a file really holds stands in its header, which is not looked at here.

use super::names::has_ending;

/// Most parts of a model; the largest published ones have about 100.
const MAX_PARTS: u16 = 1024;

/// The file of a model in several: `STEM-00002-of-00003.gguf`, as `llama-gguf-split` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// What stands before the numbers.
    pub stem: &'a str,
    /// Which part it is, from 1.
    pub no: u16,
    /// How many there are; at least 2.
    pub count: u16,
}

impl<'a> Part<'a> {
    /// The part that a file is by its name. `None`: it stands alone.
    #[must_use]
    pub fn of(file: &'a str) -> Option<Self> {
        let (before, count) = without_ending(file).rsplit_once("-of-")?;
        let (stem, no) = before.rsplit_once('-')?;
        let number = |digits: &str| {
            let is_right = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_right.then(|| digits.parse().ok()).flatten()
        };
        let (no, count) = (number(no)?, number(count)?);
        let is_right = !stem.is_empty() && (2..=MAX_PARTS).contains(&count) && (1..=count).contains(&no);
        is_right.then_some(Self { stem, no, count })
    }

    /// The names of all parts, the first one first.
    pub fn names(self) -> impl Iterator<Item = String> {
        let Self { stem, count, .. } = self;
        (1..=count).map(move |no| format!("{stem}-{no:05}-of-{count:05}.gguf"))
    }
}

/// A file's name without `.gguf` and without what makes it a part.
#[must_use]
pub fn stem(file: &str) -> &str {
    Part::of(file).map_or_else(|| without_ending(file), |part| part.stem)
}

/// The quantization that a file's name ends in, as it stands there: `Q4_K_M` of `x.Q4_K_M.gguf`, `q4_0` of `x-q4_0.gguf`.
#[must_use]
pub fn quant(file: &str) -> Option<&str> {
    let stem = stem(file);
    let begins = |at: &usize| stem[..*at].ends_with(['.', '-', '_']);
    let mut starts = stem.char_indices().map(|(at, _)| at).filter(begins);
    starts.find_map(|at| Some(&stem[at..]).filter(|end| is_type(end)))
}

/// `Q4_K_M`, `IQ4_XS`, `TQ1_0`, `Q8`, or one of the floats.
fn is_type(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    if matches!(upper.as_str(), "F32" | "FP32" | "F16" | "FP16" | "BF16" | "MXFP4") {
        return true;
    }
    let rest = upper.strip_prefix(['I', 'T']).unwrap_or(&upper).strip_prefix('Q');
    let rest = rest.and_then(|rest| rest.strip_prefix(|digit: char| digit.is_ascii_digit()));
    rest.is_some_and(|rest| {
        rest.len() <= 12
            && (rest.is_empty() || rest.starts_with('_'))
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

fn without_ending(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((before, _)) if has_ending(file, "gguf") => before,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantizations() {
        for (file, expected) in [
            ("llama-2-13b-chat.Q4_K_M.gguf", Some("Q4_K_M")),
            ("ggml-model-q4_0.gguf", Some("q4_0")),
            ("ggml-model-f16.gguf", Some("f16")),
            ("x_Q4_K_M.GGUF", Some("Q4_K_M")),
            ("x.IQ4_XS.gguf", Some("IQ4_XS")),
            ("x-TQ1_0.gguf", Some("TQ1_0")),
            ("x.q8.gguf", Some("q8")),
            ("x-BF16-00001-of-00002.gguf", Some("BF16")),
            ("x.fp16.gguf", Some("fp16")),
            ("x.Q8_0-00002-of-00003.gguf", Some("Q8_0")),
            ("x.Q2_K_S", Some("Q2_K_S")),
            ("ggml-model-q4_k-im.gguf", None),
            ("Q4_0.gguf", None),
            ("x.gguf", None),
            ("qwen-7b.gguf", None),
            ("x.Q.gguf", None),
            ("x.Qx_0.gguf", None),
            ("x.Q4K.gguf", None),
            ("x.Q4_0_and_much_more_of_it.gguf", None),
            ("模型.Q4_0.gguf", Some("Q4_0")),
            ("", None),
        ] {
            assert_eq!(quant(file), expected, "{file}");
        }
    }

    #[test]
    fn parts() {
        let part = Part::of("x-00002-of-00003.gguf").unwrap();
        assert_eq!(part, Part { stem: "x", no: 2, count: 3 });
        let names: Vec<String> = part.names().collect();
        assert_eq!(names, ["x-00001-of-00003.gguf", "x-00002-of-00003.gguf", "x-00003-of-00003.gguf"]);
        assert!(names.iter().enumerate().all(|(i, name)| Part::of(name).unwrap().no == i as u16 + 1));
        for alone in [
            "x.gguf",
            "x-00000-of-00003.gguf",
            "x-00004-of-00003.gguf",
            "x-00001-of-00001.gguf",
            "x-00001-of-09999.gguf",
            "x-1-of-3.gguf",
            "x-+0001-of-00003.gguf",
            "-00001-of-00002.gguf",
            "00001-of-00002.gguf",
            "",
        ] {
            assert_eq!(Part::of(alone), None, "{alone}");
        }
        let name = "模型-00001-of-00002.gguf";
        assert_eq!((stem(name), stem("x.y.GGUF"), stem("x.y")), ("模型", "x.y", "x.y"));
        for (n, _) in name.char_indices() {
            let _ = (Part::of(&name[..n]), quant(&name[n..]));
        }
    }
}
