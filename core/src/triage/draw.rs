//! Pictures made of characters.

use unicode_width::UnicodeWidthStr as _;

use crate::Escaped;

/// How many columns a bar takes.
pub(super) const BAR: usize = 20;

/// A bar: the part that is fine in full blocks, the part that failed in shaded ones, and blanks up to what the most would take.
/// What is there is seen, however small it is.
pub(super) fn bar(all: u64, failed: u64, most: u64) -> String {
    let all_columns = columns(all, most);
    let failed = columns(failed, most).min(all_columns);
    let fine = all_columns - failed;
    format!("{}{}{}", "█".repeat(fine), "▒".repeat(failed), " ".repeat(BAR - all_columns))
}

fn columns(part: u64, most: u64) -> usize {
    let scaled = (u128::from(part) * BAR as u128).div_ceil(u128::from(most.max(1)));
    usize::try_from(scaled).unwrap_or(BAR).min(BAR)
}

/// A column for each number, as high as it is; a blank for 0.
pub(super) fn sparkline(numbers: &[u64]) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = u128::from(numbers.iter().copied().max().unwrap_or(0).max(1));
    let height = |number: &u64| usize::try_from((u128::from(*number) * 8).div_ceil(most)).unwrap_or(0);
    numbers.iter().filter_map(|number| HEIGHTS.get(height(number))).collect()
}

/// A name fit to be shown, in just as many columns.
pub(super) fn name(foreign: &str, columns: usize) -> String {
    let mut name = Escaped(foreign).to_string();
    if name.width() > columns {
        let ends = name.char_indices().map(|(end, _)| end);
        let end = ends.take_while(|end| name.get(..*end).is_some_and(|start| start.width() < columns)).last();
        name.truncate(end.unwrap_or(0));
        name.push('…');
    }
    let rest = columns.saturating_sub(name.width());
    name + &" ".repeat(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_part_of_the_most_and_what_is_there_is_seen() {
        assert_eq!(bar(0, 0, 0), " ".repeat(BAR));
        assert_eq!(bar(20, 8, 20), format!("{}{}", "█".repeat(12), "▒".repeat(8)));
        assert_eq!(bar(1, 0, 1_000_000), format!("█{}", " ".repeat(19)));
        assert_eq!(bar(1000, 1, 2000), format!("{}▒{}", "█".repeat(9), " ".repeat(10)));
        assert_eq!(bar(u64::MAX, u64::MAX, u64::MAX), "▒".repeat(BAR));
    }

    #[test]
    fn a_sparkline_has_a_blank_for_nothing_and_something_for_anything() {
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
    }

    #[test]
    fn a_name_is_as_wide_as_it_looks() {
        assert_eq!(name("例え", 5), "例え ");
        assert_eq!(name("例え.jp", 5), "例え…");
        // Half of a character cannot be shown.
        assert_eq!(name("例え.jp", 6), "例え.…");
        assert_eq!(name("a例え", 4), "a例…");
        assert_eq!(name("例えば", 4), "例… ");
        assert_eq!(name("e\u{301}te\u{301}", 5), "e\u{301}te\u{301}  ");
        assert_eq!(name("", 2), "  ");
    }
}
