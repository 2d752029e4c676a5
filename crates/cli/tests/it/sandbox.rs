//! `sandbox status` and `sandbox test`.

use crate::home;

/// What the machine has decides the first line, so it is read and not compared.
fn row() -> String {
    let status = home::empty().run(&["sandbox", "status", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    document["sandbox"].as_str().unwrap().to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn each_missing_piece_gives_its_row_of_the_table() {
    if row() != "full" {
        eprintln!("SKIPPED: this machine has no full sandbox");
        return;
    }
    let home = home::empty();
    let first_line = |missing: &str| {
        let words = ["sandbox", "status", "--simulate-no", missing];
        let outcome = home.run(if missing.is_empty() { &words[..2] } else { &words });
        let line = outcome.stdout.lines().next().unwrap_or_default().to_owned();
        (line, outcome.status)
    };
    let off = |missing: &str| (format!("sandbox: off; {missing}"), Some(125));
    let no = |piece: &str| format!("no {piece}: left out on request");
    assert_eq!(first_line(""), ("sandbox: full".to_owned(), Some(0)));
    assert_eq!(first_line("landlock"), ("sandbox: mount namespace only".to_owned(), Some(0)));
    let (words, status) = first_line("ns");
    assert!(words.starts_with("sandbox: no namespaces; "), "{words}");
    assert_eq!(status, Some(0));
    assert_eq!(first_line("seccomp"), off(&no("seccomp")));
    let both = format!("{}; {}", no("namespaces"), no("Landlock"));
    assert_eq!(first_line("ns,landlock"), off(&both));
}

#[cfg(target_os = "linux")]
#[test]
fn every_way_out_is_closed_in_the_binary_too() {
    let home = home::empty();
    for missing in [None, Some("ns"), Some("landlock")] {
        let mut words = vec!["sandbox", "test", "--json"];
        words.extend(missing.map(|_| "--simulate-no"));
        words.extend(missing);
        let outcome = home.run(&words);
        if outcome.status == Some(125) {
            eprintln!("SKIPPED: {missing:?}: {}", outcome.stderr);
            continue;
        }
        assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
        let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let ways = document["ways"].as_array().unwrap();
        let closed = ways.iter().filter(|way| way["verdict"] == "closed").count();
        assert!(closed >= 35, "{closed} of {}", ways.len());
    }
}

#[test]
fn without_a_sandbox_nothing_is_tried_and_the_status_is_125() {
    let outcome = home::empty().run(&["sandbox", "test", "--simulate-no", "ns,landlock,seccomp"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(125), ""));
    assert!(outcome.stderr.contains("--i-accept-no-sandbox"), "{}", outcome.stderr);
}

#[test]
fn nobody_becomes_a_part_of_the_program_without_the_socket() {
    let outcome = home::empty().run(&["--localgpt-confined-child", "/bin/sh"]);
    assert_eq!(outcome.status, Some(125));
    assert!(outcome.stderr.starts_with("error: cannot read what to confine: "));
    let outcome = home::empty().run(&["--localgpt-role", "no such role"]);
    assert_eq!(outcome.status, Some(125));
}
