//! Charts drawn with characters.

use brightdata_sessions::Escaped;
use unicode_width::UnicodeWidthStr as _;

/// The width of a bar, in columns.
pub(crate) const BAR: usize = 20;

/// Draws a bar: full blocks for the part that did not fail, shaded blocks for the failed part, and
/// padding to full width. Non-zero parts take at least one column.
pub(crate) fn bar(all: u64, failed: u64, max: u64) -> [String; 3] {
    let all_columns = columns(all, max);
    let failed = columns(failed, max).min(all_columns);
    let fine = all_columns - failed;
    ["█".repeat(fine), "▒".repeat(failed), " ".repeat(BAR - all_columns)]
}

fn columns(part: u64, max: u64) -> usize {
    let scaled = (u128::from(part) * BAR as u128).div_ceil(u128::from(max.max(1)));
    usize::try_from(scaled).unwrap_or(BAR).min(BAR)
}

/// Draws a column for each number, and a space for 0.
pub(crate) fn sparkline(numbers: &[u64]) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let max = u128::from(numbers.iter().copied().max().unwrap_or(0).max(1));
    let height = |number: &u64| usize::try_from((u128::from(*number) * 8).div_ceil(max)).unwrap_or(0);
    numbers.iter().filter_map(|number| HEIGHTS.get(height(number))).collect()
}

/// Escapes untrusted text, and cuts or pads it to this width in columns.
pub(crate) fn name(untrusted: &str, columns: usize) -> String {
    let mut name = Escaped(untrusted).to_string();
    if name.width() > columns {
        let ends = name.char_indices().map(|(end, _)| end);
        let end = ends.take_while(|end| name.get(..*end).is_some_and(|start| start.width() < columns)).last();
        name.truncate(end.unwrap_or(0));
        // A joiner or non-joiner at the end would be invisible.
        name.truncate(name.trim_end_matches(['\u{200c}', '\u{200d}']).len());
        name.push('…');
    }
    let rest = columns.saturating_sub(name.width());
    name + &" ".repeat(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_proportional_and_shows_every_non_zero_part() {
        let drawn = |all, failed, max| bar(all, failed, max).concat();
        assert_eq!(drawn(0, 0, 0), " ".repeat(BAR));
        assert_eq!(drawn(20, 8, 20), format!("{}{}", "█".repeat(12), "▒".repeat(8)));
        assert_eq!(drawn(1, 0, 1_000_000), format!("█{}", " ".repeat(19)));
        assert_eq!(drawn(1000, 1, 2000), format!("{}▒{}", "█".repeat(9), " ".repeat(10)));
        assert_eq!(drawn(u64::MAX, u64::MAX, u64::MAX), "▒".repeat(BAR));
    }

    #[test]
    fn a_sparkline_shows_every_non_zero_number() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), " ▁▄█");
        assert_eq!(sparkline(&[0, 0]), "  ");
        assert_eq!(sparkline(&[u64::MAX, 1]), "█▁");
    }

    #[test]
    fn a_name_is_escaped_before_it_is_cut() {
        assert_eq!(name("a\u{1b}[31mbcdefgh", 10), r"a\u{1b}[3…");
        assert_eq!(name("abc", 5), "abc  ");
        assert_eq!(name("abcde", 5), "abcde");
        assert_eq!(name("abcdef", 5), "abcd…");
        // A joiner at the cut would be invisible.
        assert_eq!(name("क\u{200d}षक\u{200d}षअ", 4), "क\u{200d}षक…");
    }

    #[test]
    fn a_name_is_cut_and_padded_by_columns() {
        assert_eq!(name("例え", 5), "例え ");
        assert_eq!(name("例え.jp", 5), "例え…");
        // A wide character is not split.
        assert_eq!(name("例え.jp", 6), "例え.…");
        assert_eq!(name("a例え", 4), "a例…");
        assert_eq!(name("例えば", 4), "例… ");
        assert_eq!(name("e\u{301}te\u{301}", 5), "e\u{301}te\u{301}  ");
        assert_eq!(name("", 2), "  ");
    }
}
