//! The pictures in the README: a terminal as it looks after a conversation with the demo model, drawn from its cells.
//! `LIAO_DRAW=1 cargo test --release picture` draws them anew; every other run holds them to what is to be seen today.

use super::support::Liao;
use std::fmt::Write as _;
use std::path::PathBuf;

const N_ROWS: u16 = 26;
const N_COLUMNS: u16 = 76;
const CELL_WIDTH: f32 = 8.4;
const LINE_HEIGHT: f32 = 21.0;
const MARGIN: f32 = 18.0;
const BAR_HEIGHT: f32 = 30.0;

/// What is typed, and what has to be on the screen before the next line is.
type Lines = &'static [(&'static str, &'static str)];

/// The picture's name, whether it is in English, and its lines.
const RUNS: [(&str, bool, Lines); 2] = [
    (
        "chat.zh.svg",
        false,
        &[
            ("我叫欧阳若兰，住在喀什。", "我记住了"),
            ("我的笔记本有 16G 内存，用哪个量化？", "Q4_K_M"),
            ("还记得我住哪儿吗", "你住在喀什"),
            ("／撤销 2", "撤销了 2 轮"),
            ("／上下文", "剩"),
        ],
    ),
    (
        "chat.en.svg",
        true,
        &[
            ("Hello! Who are you?", "demo model"),
            ("我叫 Sophie，住在上海。", "我记住了"),
            ("我住在哪里？", "你住在上海"),
            ("/undo", "undid"),
            ("/context", "left"),
        ],
    ),
];

#[test]
fn the_pictures_of_the_readme_are_of_a_run() {
    for (name, is_english, lines) in RUNS {
        let liao = Liao::new().args(["-m", "demo", "--temp", "0"]);
        let mut pty = if is_english { liao.english() } else { liao }.pty(N_ROWS, N_COLUMNS);
        pty.wait_for("> ");
        for (i, (typed, shown)) in lines.iter().enumerate() {
            let is_done = |screen: &str| screen.lines().filter(|line| line.starts_with('>')).count() == i + 2;
            pty.line(typed).wait_until("the next prompt", is_done).wait_for(shown);
        }
        let drawn = pty.look(draw);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/screen").join(name);
        if std::env::var_os("LIAO_DRAW").is_some() {
            std::fs::write(&path, &drawn).expect("the picture can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, drawn, "{name}: if this is meant, draw it anew with LIAO_DRAW=1");
    }
}

/// The screen as SVG, down to its last line. A run begins where its first cell is, whatever fonts there are, and with
/// its spaces, so that the text can be copied.
fn draw(screen: &vt100::Screen) -> String {
    let (n_rows, n_columns) = (screen.contents().lines().count() as u16, screen.size().1.get());
    let width = f32::from(n_columns) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(n_rows) * LINE_HEIGHT + BAR_HEIGHT + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans CJK SC',monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1d1f28\"/>\n"
    );
    for (i, colour) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let x = MARGIN + 6.0 + 20.0 * i as f32;
        let _ = writeln!(svg, "<circle cx=\"{x:.0}\" cy=\"16\" r=\"6\" fill=\"{colour}\"/>");
    }
    for row in 0..n_rows {
        let y = BAR_HEIGHT + LINE_HEIGHT * (f32::from(row) + 0.75);
        let _ = write!(svg, "<text y=\"{y:.1}\" xml:space=\"preserve\">");
        for Run { column, style, text, .. } in runs(screen, row) {
            let x = MARGIN + f32::from(column) * CELL_WIDTH;
            let _ = write!(svg, "<tspan x=\"{x:.1}\" {style}>{}</tspan>", escaped(&text));
        }
        svg.push_str("</text>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// Cells beside each other that look the same. A wide character has one to itself: fonts do not agree how wide it is.
struct Run {
    column: u16,
    style: String,
    text: String,
    is_wide: bool,
}

fn runs(screen: &vt100::Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..screen.size().1.get() {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else {
            continue;
        };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let (style, is_wide) = (style(cell), cell.is_wide());
        match runs.last_mut().filter(|run| !is_wide && !run.is_wide && run.style == style) {
            Some(run) => run.text.push_str(text),
            None => runs.push(Run { column, style, text: text.to_owned(), is_wide }),
        }
    }
    if let Some(last) = runs.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn style(cell: &vt100::Cell) -> String {
    let colour = match cell.fgcolor() {
        vt100::Color::Default => "#d8dae5".to_owned(),
        vt100::Color::Idx(i) => PALETTE.get(usize::from(i)).copied().unwrap_or("#d8dae5").to_owned(),
        vt100::Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    };
    let weight = if cell.bold() { " font-weight=\"bold\"" } else { "" };
    let slant = if cell.italic() { " font-style=\"italic\"" } else { "" };
    let opacity = if cell.dim() { " opacity=\"0.6\"" } else { "" };
    format!("fill=\"{colour}\"{weight}{slant}{opacity}")
}

/// The sixteen colours that a terminal has by number.
const PALETTE: [&str; 16] = [
    "#45475a", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#cba6f7", "#94e2d5", "#bac2de", "#6c7086", "#f38ba8",
    "#a6e3a1", "#f9e2af", "#89b4fa", "#cba6f7", "#94e2d5", "#ffffff",
];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
