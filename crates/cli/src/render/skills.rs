//! Skills as a person reads them.

use std::io::{self, Write};

use localgpt_guard::{one_line, visible};
use localgpt_protocol::{SkillList, SkillReport, SkillReview, SkillRow, SkillUnusable};
use unicode_width::UnicodeWidthStr as _;

use super::{
    style::{accent, alarm, bold, caution, dim, good},
    tables::pairs,
    text::{Width, crop, pad},
};
use crate::wording::SkillsWording;

/// Writes one line a skill: its name, how it is called, what it is for or why it is not used.
pub(crate) fn skills(
    out: &mut dyn Write,
    rows: &[SkillRow],
    wording: &SkillsWording,
    width: Width,
) -> io::Result<()> {
    let names: Vec<String> = rows.iter().map(|row| one_line(&row.name)).collect();
    let commands: Vec<String> = rows.iter().map(called).collect();
    let widest =
        |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0).min(32);
    let (name_width, command_width) = (widest(&names), widest(&commands));
    for ((row, name), command) in rows.iter().zip(&names).zip(&commands) {
        let room = width.columns().saturating_sub(name_width + command_width + 4).max(20);
        let description = crop(&one_line(&row.description), room).into_owned();
        let told = match &row.unusable {
            Some(unusable) => caution(&reason(unusable, wording)),
            None if row.is_for_model => description,
            None => format!("{description} {}", dim(wording.only_person)),
        };
        let (name, command) = (pad(name, name_width), pad(command, command_width));
        writeln!(out, "{}  {}  {told}", accent(&name), dim(&command))?;
    }
    Ok(())
}

/// Writes everything about a skill.
pub(crate) fn skill(
    out: &mut dyn Write,
    report: &SkillReport,
    wording: &SkillsWording,
) -> io::Result<()> {
    let row = &report.row;
    let state = match &row.unusable {
        Some(unusable) => reason(unusable, wording),
        None => wording.used.to_owned(),
    };
    let mut rows = vec![
        (wording.name, row.name.clone()),
        (wording.description, row.description.clone()),
        (wording.folder, row.path.clone()),
        (wording.state, state),
    ];
    if !row.commands.is_empty() {
        let commands: Vec<String> = row.commands.iter().map(|name| format!("/{name}")).collect();
        rows.push((wording.commands, commands.join(", ")));
    }
    rows.extend(report.command_tool.iter().map(|tool| (wording.calls, tool.clone())));
    rows.extend(report.homepage.iter().map(|page| (wording.homepage, page.clone())));
    rows.extend(report.installs.iter().map(|line| (wording.installs, line.clone())));
    rows.push((wording.files, report.files.join(", ")));
    pairs(out, &rows)?;
    writeln!(out, "\n{}", visible(report.body.trim()))
}

/// Writes what is not read, not used or not told.
pub(crate) fn skill_faults(
    out: &mut dyn Write,
    list: &SkillList,
    wording: &SkillsWording,
) -> io::Result<()> {
    let unused = list.skills.iter().filter_map(|row| Some((row, row.unusable.as_ref()?)));
    let mut count = 0;
    for (row, unusable) in unused {
        count += 1;
        let name = bold(&one_line(&row.name));
        let place = dim(&one_line(&row.path));
        writeln!(out, "{name}  {place}  {}", caution(&reason(unusable, wording)))?;
    }
    for problem in &list.problems {
        count += 1;
        writeln!(out, "{}  {}", one_line(&problem.path), alarm(&one_line(&problem.reason)))?;
    }
    for name in &list.left_out {
        count += 1;
        writeln!(out, "{}  {}", bold(&one_line(name)), caution(wording.no_room))?;
    }
    match count {
        0 => writeln!(out, "{}", good(wording.all_well)),
        _ => Ok(()),
    }
}

/// Writes what a person is asked to accept.
pub(crate) fn skill_review(
    out: &mut dyn Write,
    review: &SkillReview,
    wording: &SkillsWording,
) -> io::Result<()> {
    for line in visible(&review.diff).lines() {
        let styled = match line.get(..1) {
            Some("+") => good(line),
            Some("-") => alarm(line),
            Some("@") => accent(line),
            _ => line.to_owned(),
        };
        writeln!(out, "{styled}")?;
    }
    writeln!(out)?;
    let rows = [
        (wording.name, review.name.clone()),
        (wording.folder, review.path.clone()),
        (wording.digest, review.digest.clone()),
    ];
    pairs(out, &rows)
}

fn called(row: &SkillRow) -> String {
    row.commands.first().map(|name| format!("/{name}")).unwrap_or_default()
}

fn reason(unusable: &SkillUnusable, wording: &SkillsWording) -> String {
    let listed = |what: &str, names: &[String]| format!("{what}: {}", one_line(&names.join(", ")));
    match unusable {
        SkillUnusable::New => wording.new.to_owned(),
        SkillUnusable::Changed => wording.changed.to_owned(),
        SkillUnusable::Replaced(by) => listed(wording.replaced, std::slice::from_ref(by)),
        SkillUnusable::Disabled => wording.disabled.to_owned(),
        SkillUnusable::Os(names) => listed(wording.os, names),
        SkillUnusable::Bins(names) => listed(wording.bins, names),
        SkillUnusable::AnyBins(names) => listed(wording.any_bins, names),
        SkillUnusable::Env(names) => listed(wording.env, names),
        SkillUnusable::Config(names) => listed(wording.config, names),
    }
}
