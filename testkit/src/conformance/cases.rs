//! All cases, in the order of the report.

use super::case::Case;

mod bodies;
mod broken;
mod connections;
mod gzip;
mod redirects;
mod requests;
mod secrets;
mod statuses;
mod time;

pub(super) fn all() -> Vec<Case> {
    let groups = [
        requests::cases(),
        statuses::cases(),
        redirects::cases(),
        bodies::cases(),
        gzip::cases(),
        broken::cases(),
        time::cases(),
        connections::cases(),
        secrets::cases(),
    ];
    groups.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_case_has_a_unique_name_and_a_reason_of_one_line() {
        let cases = all();
        assert!(cases.len() >= 60, "{}", cases.len());
        let names: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), cases.len());
        for case in &cases {
            assert!(
                !case.why.is_empty() && !case.why.contains('\n') && !case.why.contains('|'),
                "{}",
                case.name
            );
        }
    }
}
