//! The look of a page: the meaning of its parts, for colors.

use std::fmt::{self, Write as _};

use crate::Action;
use crate::draw::bar;

/// The meaning of a part of a page. Text between these parts has no style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Span {
    /// The summary, which is the first line.
    Summary,
    /// The heading of a section.
    Heading,
    /// The heading of the findings with this action.
    Action(Action),
    /// The title of a finding.
    Finding,
    /// The part of a chart for all sessions, or for those that did not fail.
    Bar,
    /// The part of a chart for failed sessions.
    FailedBar,
}

/// The look of a page. [`Report::page`](crate::Report::page) writes each part with a meaning
/// through it.
///
/// ```
/// use std::fmt;
/// use brightdata_sessions_triage::{PageStyle, Span, Triage};
///
/// struct Markdown;
///
/// impl PageStyle for Markdown {
///     fn write(&self, f: &mut fmt::Formatter<'_>, span: Span, text: &str) -> fmt::Result {
///         match span {
///             Span::Summary => write!(f, "# {text}"),
///             Span::Heading | Span::Action(_) => write!(f, "## {text}"),
///             _ => f.write_str(text),
///         }
///     }
/// }
///
/// assert_eq!(Triage::new().report().page(&Markdown).to_string(), "# no sessions\n");
/// ```
pub trait PageStyle {
    /// Writes a part of a line. Untrusted text in it is escaped.
    ///
    /// # Errors
    /// Returns the error of the formatter.
    fn write(&self, f: &mut fmt::Formatter<'_>, span: Span, text: &str) -> fmt::Result;
}

/// Plain text.
pub(crate) struct Plain;

impl PageStyle for Plain {
    fn write(&self, f: &mut fmt::Formatter<'_>, _: Span, text: &str) -> fmt::Result {
        f.write_str(text)
    }
}

/// Writes a page in a style.
pub(crate) struct Canvas<'a, 'f> {
    pub(crate) f: &'a mut fmt::Formatter<'f>,
    pub(crate) style: &'a dyn PageStyle,
}

impl Canvas<'_, '_> {
    pub(crate) fn span(&mut self, span: Span, text: &str) -> fmt::Result {
        // A style may add characters to an empty string.
        if text.is_empty() { Ok(()) } else { self.style.write(self.f, span, text) }
    }

    /// Writes a line of one span.
    pub(crate) fn line(&mut self, span: Span, text: &str) -> fmt::Result {
        self.span(span, text)?;
        self.write_char('\n')
    }

    /// Writes the heading of a section, after an empty line.
    pub(crate) fn heading(&mut self, text: &str) -> fmt::Result {
        self.write_char('\n')?;
        self.line(Span::Heading, text)
    }

    /// Writes a bar and its padding.
    pub(crate) fn bar(&mut self, all: u64, failed: u64, max: u64) -> fmt::Result {
        let [fine, failed, padding] = bar(all, failed, max);
        self.span(Span::Bar, &fine)?;
        self.span(Span::FailedBar, &failed)?;
        self.write_str(&padding)
    }
}

/// Text without a style.
impl fmt::Write for Canvas<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.f.write_str(text)
    }
}
