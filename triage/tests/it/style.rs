//! A page in a style.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use brightdata_sessions_triage::{Action, PageStyle, Span};

use crate::support::one_of_each;

/// Collects the parts with a meaning, and writes them in brackets.
#[derive(Default)]
struct Brackets(RefCell<Vec<(Span, String)>>);

impl PageStyle for Brackets {
    fn write(&self, f: &mut fmt::Formatter<'_>, span: Span, text: &str) -> fmt::Result {
        assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
        self.0.borrow_mut().push((span, text.to_owned()));
        write!(f, "⟦{text}⟧")
    }
}

#[test]
fn a_style_changes_nothing_but_the_parts_with_a_meaning() {
    let report = one_of_each().report();
    let style = Brackets::default();
    let page = report.page(&style).to_string();
    assert_eq!(page.replace(['⟦', '⟧'], ""), report.to_string());

    let parts = style.0.into_inner();
    let of = |span| parts.iter().filter(move |part| part.0 == span).map(|part| part.1.as_str());
    assert!(of(Span::Summary).eq([&*report.summary]));
    for action in [Action::Fix, Action::Change, Action::Investigate] {
        assert!(of(Span::Action(action)).eq([action.title()]));
    }
    assert!(of(Span::Heading).any(|heading| heading == "Failed sessions by pattern"));
    assert_eq!(of(Span::Finding).count(), report.findings.len());
    let blocks = |span| of(span).flat_map(str::chars).collect::<BTreeSet<_>>();
    assert!(blocks(Span::Bar).contains(&'█') && !blocks(Span::Bar).contains(&'▒'));
    assert!(blocks(Span::FailedBar).contains(&'▒'));
}

#[test]
fn debug_of_a_page_is_short() {
    let report = one_of_each().report();
    assert_eq!(format!("{:?}", report.page(&Brackets::default())), format!("Page({:?})", report.summary));
}
