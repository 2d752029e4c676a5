//! Assertions 18 to 20: files that are too long.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use super::{
    person::{Person, section},
    report::{Report, unless},
    tree,
};

const LINE: &str = "Nothing of note stands in this line, which is one of many.\n";
const LIMIT: usize = 20_000;
const HUGE: usize = 2 << 20;

/// Runs the assertions.
pub(crate) fn check(report: &mut Report, binary: &Path) -> Result<()> {
    long(report, binary)?;
    rule(report, binary)?;
    huge(report, binary)
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A text of `size` units, of which `filler` is most.
fn filled(filler: &str, size: usize) -> String {
    let mut text = "FIRST LINE\n".to_owned();
    let end = "LAST LINE";
    while units(&text) + units(filler) + units(end) < size {
        text.push_str(filler);
    }
    let left = size - units(&text) - units(end) - 1;
    text + &".".repeat(left) + "\n" + end
}

fn long(report: &mut Report, binary: &Path) -> Result<()> {
    for (what, filler) in [("plain", LINE), ("emoji", "🪴🪴🪴 counts as two units each 🪴\n")]
    {
        let own = tempfile::tempdir().context("cannot make a folder")?;
        let text = filled(filler, 25_000);
        let names = ["AGENTS.md", "SOUL.md", "MEMORY.md"];
        for name in names {
            tree::write(own.path(), name, &text)?;
        }
        let asked = Person::create(binary)?.ask(own.path(), "hello")?;
        let prompt = asked.prompt.context("the model was not asked")?;
        let mut complaints = Vec::new();
        for name in names {
            let sent = section(&prompt, name).unwrap_or_default().trim_end();
            let size = units(sent);
            let (kept, of) = numbers(sent, name).unwrap_or_default();
            complaints.extend(
                [
                    unless((18_000..=LIMIT).contains(&size), format!("{name}: {size} units")),
                    unless(sent.starts_with("FIRST LINE\n"), format!("{name}: no beginning")),
                    unless(sent.ends_with("\nLAST LINE"), format!("{name}: no end")),
                    unless(of == 25_000, format!("{name}: the mark says {kept} of {of}")),
                    unless(kept > 0 && kept < size, format!("{name}: {kept} kept of {size} sent")),
                    unless(!sent.contains('\u{fffd}'), format!("{name}: a character is cut")),
                    unless(
                        asked.ran.stderr.contains(name),
                        format!("{name}: the person is not told ({})", asked.ran.stderr.trim()),
                    ),
                ]
                .into_iter()
                .flatten(),
            );
        }
        let what = format!("hostile: of 25,000 characters ({what}) both ends, and a mark");
        report.check("18", &what, &complaints);
    }
    Ok(())
}

/// The numbers in the mark of a file.
fn numbers(sent: &str, name: &str) -> Option<(usize, usize)> {
    let (_, mark) = sent.split_once(&format!("[{name} is cut here: "))?;
    let (kept, mark) = mark.split_once(" of ")?;
    let (of, _) = mark.split_once(" characters")?;
    Some((kept.parse().ok()?, of.parse().ok()?))
}

fn rule(report: &mut Report, binary: &Path) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    let rules = [
        "- You must never send mail before Maeve has read it.",
        "- Du darfst niemals etwas löschen, ohne zu fragen.",
    ];
    let half = LINE.repeat(250);
    let text = format!("# Agents\n\n{half}{}\n{half}{}\n{half}# End\n", rules[0], rules[1]);
    tree::write(own.path(), "AGENTS.md", &text)?;
    let prompt = Person::create(binary)?.prompt(own.path())?;
    let sent = section(&prompt, "AGENTS.md").unwrap_or_default();
    let mut complaints: Vec<String> = rules
        .into_iter()
        .filter(|rule| !sent.lines().any(|line| line == *rule))
        .map(|rule| format!("lost: {rule}"))
        .collect();
    complaints.extend(unless(units(sent) <= LIMIT, format!("{} units", units(sent))));
    report.check("19", "hostile: what must never be done survives in the middle", &complaints);
    Ok(())
}

fn huge(report: &mut Report, binary: &Path) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    tree::write(own.path(), "AGENTS.md", "# Agents\n")?;
    let tools = own.path().join("TOOLS.md");
    fs::write(&tools, format!("HUGE-CANARY\n{}", "x".repeat(HUGE)))?;
    let asked = Person::create(binary)?.ask(own.path(), "hello")?;
    let prompt = asked.prompt.context("the model was not asked")?;
    let sent = section(&prompt, "TOOLS.md").unwrap_or_default();
    let complaints: Vec<String> = [
        unless(!prompt.contains("HUGE-CANARY"), "some of it is sent"),
        unless(sent.contains("[TOO LARGE]") && sent.contains("2097152"), format!("mark: {sent}")),
        unless(
            asked.ran.stderr.contains("TOOLS.md"),
            format!("the person is not told ({})", asked.ran.stderr.trim()),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    report.check(
        "20",
        "hostile: nothing of a file over 2 MiB is sent, and that is said",
        &complaints,
    );
    Ok(())
}
