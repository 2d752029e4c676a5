//! `completions` and `man`.

use expect_test::expect;

use crate::home;

#[test]
fn there_are_completions_for_the_usual_shells() {
    let home = home::empty();
    let begins = |shell| {
        let outcome = home.run(&["completions", shell]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
        assert!(outcome.stdout.contains("reindex"));
        outcome.stdout.lines().take(2).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        _localgpt() {
            local i cur prev opts cmd"#]]
    .assert_eq(&begins("bash"));
    expect![[r#"
        #compdef localgpt
    "#]]
    .assert_eq(&begins("zsh"));
    expect![[r#"
        # Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
        function __fish_localgpt_global_optspecs"#]].assert_eq(&begins("fish"));
    assert_eq!(home.run(&["completions", "dos"]).status, Some(2));
}

#[test]
fn there_is_a_page_for_every_command() {
    let home = home::empty();
    let head = |words: &[&str]| {
        let outcome = home.run(words);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
        outcome.stdout.lines().take(8).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        .ie \n(.g .ds Aq \(aq
        .el .ds Aq '
        .TH localgpt 1  "localgpt 0.1.0" 
        .SH NAME
        localgpt \- Answers from your own notes: word for word (answerer: quote, no language model), or by a model you choose
        .SH SYNOPSIS
        \fBlocalgpt\fR [\fB\-V\fR|\fB\-\-version\fR] [\fB\-\-workspace\fR] [\fB\-m\fR|\fB\-\-model\fR] [\fB\-\-config\fR] [\fB\-\-json\fR] [\fB\-q\fR|\fB\-\-quiet\fR] [\fB\-v\fR|\fB\-\-verbose\fR]... [\fB\-\-color\fR] [\fB\-\-no\-color\fR] [\fB\-\-plain\fR] [\fB\-h\fR|\fB\-\-help\fR] [\fIsubcommands\fR]
        .SH DESCRIPTION"#]].assert_eq(&head(&["man"]));
    expect![[r#"
        .ie \n(.g .ds Aq \(aq
        .el .ds Aq '
        .TH localgpt-memory-search 1  "localgpt 0.1.0" 
        .SH NAME
        localgpt\-memory\-search \- Find the pieces of your notes that fit best
        .SH SYNOPSIS
        \fBlocalgpt memory search\fR [\fB\-n\fR|\fB\-\-limit\fR] [\fB\-\-since\fR] [\fB\-\-workspace\fR] [\fB\-m\fR|\fB\-\-model\fR] [\fB\-\-until\fR] [\fB\-\-config\fR] [\fB\-\-explain\fR] [\fB\-\-json\fR] [\fB\-\-mode\fR] [\fB\-\-batch\fR] [\fB\-q\fR|\fB\-\-quiet\fR] [\fB\-v\fR|\fB\-\-verbose\fR]... [\fB\-\-color\fR] [\fB\-\-no\-color\fR] [\fB\-\-plain\fR] [\fB\-h\fR|\fB\-\-help\fR] [\fIQUERY\fR] 
        .SH DESCRIPTION"#]].assert_eq(&head(&["man", "memory", "search"]));
    expect![[r#"
        status 2
        --- stderr
        error: there is no command `memory forget`
        hint: `localgpt --help` lists them
    "#]]
    .assert_eq(&home.run(&["man", "memory", "forget"]).shown());
}
