//! Every way out, with all walls, with those that each row of the table has, and with one left out.

use std::{collections::BTreeMap, time::Duration};

use localgpt_sandbox::{
    Error, Layer, Output, Piece, Row, Status,
    probe::{self, Arena, Outcome},
    status,
};

use crate::linux::{Test, own};

pub(crate) const TESTS: &[Test] = &[
    ("every_way_out_is_closed_in_each_row", every_way_out_is_closed_in_each_row),
    ("with_one_wall_less_there_is_a_way_out", with_one_wall_less_there_is_a_way_out),
    ("where_there_is_no_sandbox_nothing_starts", where_there_is_no_sandbox_nothing_starts),
    (
        "without_namespaces_nothing_inside_can_be_protected",
        without_namespaces_nothing_inside_can_be_protected,
    ),
];

const PATIENT: Duration = Duration::from_secs(60);

type Tried = BTreeMap<String, Option<String>>;

fn tried(output: &Output) -> Tried {
    assert!(output.status.success(), "{output:?}");
    let outcomes = probe::outcomes(&output.stdout);
    assert_eq!(outcomes.len(), probe::count());
    outcomes.into_iter().map(|Outcome { name, failure }| (name, failure)).collect()
}

/// What succeeds with nothing in the way.
fn control() -> Tried {
    let folder = tempfile::tempdir().unwrap();
    let arena = Arena::make(folder.path()).unwrap();
    let launch = arena.launch(&own()).unwrap().environment([("KEY", "secret")]);
    tried(&launch.run_for_output(1 << 20, PATIENT).unwrap())
}

fn confined(status: &Status, without: Option<Layer>) -> Tried {
    let folder = tempfile::tempdir().unwrap();
    let arena = Arena::make(folder.path()).unwrap();
    let mut confinement = arena.confinement(&own());
    if status.row() == Row::NoNamespaces {
        confinement.protected.clear();
    }
    let mut launch = arena.launch(&own()).unwrap().confined_as(confinement, status);
    if let Some(layer) = without {
        launch = launch.without(layer);
    }
    tried(&launch.run_for_output(1 << 20, PATIENT).unwrap())
}

/// The rows that this machine can show.
fn rows() -> Vec<Status> {
    let wanted = [&[][..], &[Piece::Namespaces], &[Piece::Landlock]];
    let rows: Vec<Status> = wanted.map(|missing| status().without(missing)).into();
    rows.into_iter()
        .filter(|status| {
            let is_there = status.is_on();
            if !is_there {
                println!("SKIPPED, AND IT MUST NOT BE IN A RELEASE: {status}");
            }
            is_there
        })
        .collect()
}

fn every_way_out_is_closed_in_each_row() {
    let control = control();
    let (open, shut): (Vec<_>, Vec<_>) = control.iter().partition(|(_, failure)| failure.is_none());
    for (name, failure) in &shut {
        println!("SKIPPED: {name}: fails without walls too: {failure:?}");
    }
    // As nobody a few are closed by the system.
    assert!(open.len() >= 45, "{} of {}", open.len(), control.len());
    for status in rows() {
        let within = confined(&status, None);
        let ways_out: Vec<&str> = open
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| within.get(*name).is_some_and(Option::is_none))
            .filter(|name| probe::is_closed_by(status.row(), name))
            .collect();
        println!("{status}: {} ways out tried, {} open", open.len(), ways_out.len());
        assert!(ways_out.is_empty(), "{status}: {ways_out:?}");
    }
}

fn with_one_wall_less_there_is_a_way_out() {
    let control = control();
    for status in rows() {
        let whole = confined(&status, None);
        for layer in Layer::ALL {
            let stands = match layer {
                Layer::Namespaces => status.row() != Row::NoNamespaces,
                Layer::Landlock => status.row() != Row::MountsOnly,
                Layer::Attributes => status.row() == Row::NoNamespaces,
                // A normal user's program has none, also in a namespace where its user could have all.
                Layer::Capabilities => rustix::process::geteuid().is_root(),
                Layer::Descriptors | Layer::Environment | Layer::Limits | Layer::Seccomp => true,
            };
            if !stands {
                continue;
            }
            let within = confined(&status, Some(layer));
            let ways_out: Vec<&String> = within
                .iter()
                .filter(|(name, failure)| {
                    failure.is_none() && whole.get(*name).is_some_and(Option::is_some)
                })
                .map(|(name, _)| name)
                .collect();
            println!("{:?} without {layer:?}: {ways_out:?}", status.row());
            assert!(!ways_out.is_empty(), "{status}, without {layer:?}: nothing gets out");
            assert!(ways_out.iter().all(|name| control.contains_key(*name)));
        }
    }
}

fn where_there_is_no_sandbox_nothing_starts() {
    use Piece::{Landlock, Namespaces, Seccomp};
    for missing in
        [&[Seccomp][..], &[Namespaces, Landlock], &[Namespaces, Seccomp], &[Landlock, Seccomp]]
    {
        let status = status().without(missing);
        let folder = tempfile::tempdir().unwrap();
        let arena = Arena::make(folder.path()).unwrap();
        let launch = arena.launch(&own()).unwrap().confined_as(arena.confinement(&own()), &status);
        match launch.start() {
            Err(Error::NoSandbox { missing }) => assert_eq!(missing, status.missing()),
            other => panic!("{other:?}"),
        }
        assert!(arena.outside().join("delete").exists());
    }
}

fn without_namespaces_nothing_inside_can_be_protected() {
    let status = status().without(&[Piece::Namespaces]);
    let folder = tempfile::tempdir().unwrap();
    let arena = Arena::make(folder.path()).unwrap();
    let launch = arena.launch(&own()).unwrap().confined_as(arena.confinement(&own()), &status);
    match (status.is_on(), launch.start()) {
        (true, Err(Error::Unprotected { path })) => assert!(path.starts_with(folder.path())),
        (false, Err(Error::NoSandbox { .. })) => {}
        (_, other) => panic!("{other:?}"),
    }
}
