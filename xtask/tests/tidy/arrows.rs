//! Which of our crates may use which.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    page::Page,
    tree::{Dependency, Kind, Package},
};

/// Which of our crates each crate may use. An arrow is a decision: it stands here and in ARCHITECTURE.md.
pub(crate) const ARROWS: &[(&str, &[&str])] = &[
    ("guard", &[]),
    ("sandbox", &[]),
    ("config", &[]),
    ("protocol", &["guard"]),
    ("embedding-data", &[]),
    ("embedding", &["protocol", "embedding-data"]),
    ("inference", &["protocol"]),
    ("providers", &["protocol", "sandbox"]),
    ("memory", &["protocol", "guard", "embedding"]),
    ("sessions", &["protocol"]),
    ("skills", &["protocol", "guard"]),
    ("history", &["protocol"]),
    ("tools", &["protocol", "memory", "sandbox", "guard"]),
    ("documents", &["protocol", "sandbox"]),
    ("agent", &["protocol", "guard"]),
    (
        "assistant",
        &[
            "protocol",
            "agent",
            "tools",
            "skills",
            "documents",
            "history",
            "sessions",
            "memory",
            "providers",
            "embedding",
            "inference",
            "config",
            "sandbox",
            "guard",
        ],
    ),
    ("client", &["protocol", "assistant"]),
    ("server", &["protocol", "assistant"]),
    ("desktop", &["protocol", "client"]),
    (
        "cli",
        &["protocol", "desktop", "server", "client", "assistant", "config", "sandbox", "guard"],
    ),
    ("testkit", &["protocol", "guard"]),
    ("xtask", &["guard", "history", "protocol", "tools"]),
];

/// Where an error may be `anyhow`: where a person reads it next.
const ANYHOW: &[&str] = &["cli", "xtask"];

/// A table of arrows as one map.
pub(crate) type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Returns the arrows between our crates that the table does not have, and other dependencies in a wrong place.
pub(crate) fn forbidden(packages: &[Package], table: &[(&str, &[&str])]) -> Vec<String> {
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut offences = Vec::new();
    for package in packages {
        let from = package.name.as_str();
        let row = table.iter().find(|(name, _)| *name == from);
        let allowed = row.map_or(&[][..], |(_, uses)| uses);
        for Dependency { name: to, kind } in &package.dependencies {
            if to == "anyhow" && *kind == Kind::Normal && !ANYHOW.contains(&from) {
                offences.push(format!("`{from}` may not use `anyhow`: make an error enum"));
            }
            if !ours.contains(to.as_str()) {
                continue;
            }
            let is_test_only = to == "testkit" && *kind == Kind::Dev && from != "testkit";
            if !is_test_only && !allowed.contains(&to.as_str()) {
                let how = match kind {
                    Kind::Normal => "",
                    Kind::Dev => " in its tests",
                    Kind::Build => " in its build script",
                };
                offences.push(format!("`{from}` may not use `{to}`{how}: see ARCHITECTURE.md"));
            }
        }
    }
    offences
}

/// Returns the arrows that stand on the page or in the table, but not in both.
pub(crate) fn differences(page: &Arrows, table: &[(&str, &[&str])]) -> Vec<String> {
    let page: BTreeSet<(&str, &str)> = page
        .iter()
        .flat_map(|(from, uses)| uses.iter().map(|to| (from.as_str(), to.as_str())))
        .collect();
    let table: BTreeSet<(&str, &str)> =
        table.iter().flat_map(|(from, uses)| uses.iter().map(|to| (*from, *to))).collect();
    let only = |from: &str, to: &str, here: &str, there: &str| {
        format!("`{from}` → `{to}` stands in {here} and not in {there}")
    };
    let (name_of_page, name_of_table) = ("ARCHITECTURE.md", "xtask/tests/tidy/arrows.rs");
    page.difference(&table)
        .map(|(from, to)| only(from, to, name_of_page, name_of_table))
        .chain(
            table.difference(&page).map(|(from, to)| only(from, to, name_of_table, name_of_page)),
        )
        .collect()
}

/// Returns the arrows of the page that lead to a higher level, and those that lead back in a circle.
pub(crate) fn upward(page: &Page) -> Vec<String> {
    let mut offences = Vec::new();
    for (from, uses) in &page.arrows {
        for to in uses {
            let levels = (page.levels.get(from), page.levels.get(to));
            if matches!(levels, (Some(from), Some(to)) if to > from) {
                offences.push(format!("`{from}` → `{to}` points up"));
            }
        }
        if reachable(&page.arrows, from).contains(from) {
            offences.push(format!("`{from}` uses itself"));
        }
    }
    offences
}

/// Returns the crates that lie in another folder than their name says, or that the page does not name.
pub(crate) fn unknown(packages: &[Package], known: &BTreeSet<String>) -> Vec<String> {
    let mut offences = Vec::new();
    for Package { name, folder, .. } in packages {
        let expected = if name == "xtask" { name.clone() } else { format!("crates/{name}") };
        if *folder != expected {
            offences.push(format!("`{name}` lies in `{folder}`, not in `{expected}`"));
        }
        if !known.contains(name) {
            offences.push(format!("`{name}` is not in the table of crates of ARCHITECTURE.md"));
        }
    }
    offences
}

fn reachable(arrows: &Arrows, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(next) = open.pop() {
        for to in arrows.get(&next).into_iter().flatten() {
            if found.insert(to.clone()) {
                open.push(to.clone());
            }
        }
    }
    found
}

mod tests {
    use super::*;

    const TABLE: &[(&str, &[&str])] = &[("memory", &["embedding"]), ("embedding", &[])];

    fn package(name: &str, uses: &[(&str, Kind)]) -> Package {
        let dependencies =
            uses.iter().map(|&(to, kind)| Dependency { name: to.to_owned(), kind }).collect();
        Package { name: name.to_owned(), folder: format!("crates/{name}"), dependencies }
    }

    /// Adds one dependency to `from` beside crates that keep the rules, and checks what is reported.
    #[track_caller]
    fn check(from: &str, to: &str, kind: Kind, expected: &[&str]) {
        let mut packages = vec![
            package("memory", &[("embedding", Kind::Normal), ("serde", Kind::Normal)]),
            package("embedding", &[]),
            package("testkit", &[]),
        ];
        packages.iter_mut().filter(|package| package.name == from).for_each(|package| {
            package.dependencies.push(Dependency { name: to.to_owned(), kind });
        });
        assert_eq!(forbidden(&packages, TABLE), expected);
    }

    #[test]
    fn an_arrow_that_the_page_forbids_is_reported() {
        let offence = "`embedding` may not use `memory`: see ARCHITECTURE.md";
        check("embedding", "memory", Kind::Normal, &[offence]);
    }

    #[test]
    fn an_arrow_that_the_page_allows_is_not_reported() {
        check("memory", "embedding", Kind::Dev, &[]);
        check("memory", "embedding", Kind::Build, &[]);
    }

    #[test]
    fn an_arrow_in_tests_alone_is_reported() {
        let offence = "`embedding` may not use `memory` in its tests: see ARCHITECTURE.md";
        check("embedding", "memory", Kind::Dev, &[offence]);
    }

    #[test]
    fn an_arrow_in_a_build_script_is_reported() {
        let offence = "`embedding` may not use `memory` in its build script: see ARCHITECTURE.md";
        check("embedding", "memory", Kind::Build, &[offence]);
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        check("memory", "testkit", Kind::Dev, &[]);
        let offence = "`memory` may not use `testkit`: see ARCHITECTURE.md";
        check("memory", "testkit", Kind::Normal, &[offence]);
    }

    #[test]
    fn a_crate_that_is_not_in_the_table_may_use_none() {
        let packages =
            [package("embedding", &[]), package("extra", &[("embedding", Kind::Normal)])];
        assert_eq!(
            forbidden(&packages, TABLE),
            ["`extra` may not use `embedding`: see ARCHITECTURE.md"]
        );
    }

    #[test]
    fn an_error_without_a_type_below_the_terminal_is_reported() {
        check(
            "memory",
            "anyhow",
            Kind::Normal,
            &["`memory` may not use `anyhow`: make an error enum"],
        );
    }

    fn arrows(rows: &[(&str, &[&str])]) -> Arrows {
        rows.iter()
            .map(|&(from, uses)| (from.to_owned(), uses.iter().map(|&to| to.to_owned()).collect()))
            .collect()
    }

    #[test]
    fn an_arrow_that_stands_in_one_table_only_is_reported() {
        let page = arrows(&[("memory", &["guard"]), ("embedding", &[])]);
        assert_eq!(
            differences(&page, TABLE),
            [
                "`memory` → `guard` stands in ARCHITECTURE.md and not in xtask/tests/tidy/arrows.rs",
                "`memory` → `embedding` stands in xtask/tests/tidy/arrows.rs and not in ARCHITECTURE.md",
            ]
        );
        assert_eq!(differences(&arrows(TABLE), TABLE), [""; 0]);
    }

    #[test]
    fn an_arrow_up_or_in_a_circle_is_reported() {
        let levels = [("low", 1), ("high", 2), ("beside", 2)];
        let page = Page {
            levels: levels.map(|(name, level)| (name.to_owned(), level)).into(),
            arrows: arrows(&[("low", &["high"]), ("high", &["beside"]), ("beside", &["high"])]),
            ..Page::default()
        };
        assert_eq!(
            upward(&page),
            ["`beside` uses itself", "`high` uses itself", "`low` → `high` points up"]
        );
    }

    #[test]
    fn a_crate_that_the_page_does_not_name_is_reported() {
        let mut moved = package("memory", &[]);
        moved.folder = "crates/store".to_owned();
        assert_eq!(
            unknown(&[moved, package("extra", &[])], &BTreeSet::from(["memory".to_owned()])),
            [
                "`memory` lies in `crates/store`, not in `crates/memory`",
                "`extra` is not in the table of crates of ARCHITECTURE.md",
            ]
        );
    }
}
