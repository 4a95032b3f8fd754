//! Tables in plain text: columns as wide as their widest cell, reckoned in a terminal's columns, where a 汉字 takes
//! two. Nothing is cut or wrapped.

use unicode_width::UnicodeWidthStr;

/// What stands before each column, and parts it from the one before.
pub const GAP: &str = "  ";

/// The rows as lines, each indented by two spaces and ended by a newline.
#[must_use]
pub fn table<R: AsRef<[String]>>(rows: &[R]) -> String {
    let mut widths = vec![0; rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0)];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.as_ref().iter().zip(&widths) {
            line.push_str(GAP);
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_stand_below_each_other_in_any_script() {
        let rows = [["名字", "量化", "能用"], ["demo", "", "x"], ["我的模型", "Q4_K_M", ""]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "  名字      量化    能用\n  demo              x\n  我的模型  Q4_K_M\n");
        assert_eq!(table::<[String; 2]>(&[]), "");
    }
}
