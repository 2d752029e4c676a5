//! The words around skills.

/// The words of one language.
#[derive(Debug)]
pub(crate) struct SkillsWording {
    /// The name of a skill.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) description: &'static str,
    /// Where it lies.
    pub(crate) folder: &'static str,
    /// Whether it is used.
    pub(crate) state: &'static str,
    /// How a person calls it.
    pub(crate) commands: &'static str,
    /// The tool that its command calls.
    pub(crate) calls: &'static str,
    /// Where more is to be read.
    pub(crate) homepage: &'static str,
    /// What its author would have installed.
    pub(crate) installs: &'static str,
    /// Its files.
    pub(crate) files: &'static str,
    /// What stands for everything in it.
    pub(crate) digest: &'static str,
    /// It is used.
    pub(crate) used: &'static str,
    /// Only a person calls it.
    pub(crate) only_person: &'static str,
    /// Nobody accepted it yet.
    pub(crate) new: &'static str,
    /// It is not what was accepted.
    pub(crate) changed: &'static str,
    /// Another one counts; it follows.
    pub(crate) replaced: &'static str,
    /// It is switched off.
    pub(crate) disabled: &'static str,
    /// It is for other systems; they follow.
    pub(crate) os: &'static str,
    /// Programs are missing; they follow.
    pub(crate) bins: &'static str,
    /// None of the programs that follow is there.
    pub(crate) any_bins: &'static str,
    /// Variables are missing; they follow.
    pub(crate) env: &'static str,
    /// Settings are missing; they follow.
    pub(crate) config: &'static str,
    /// There is no room for it in a prompt.
    pub(crate) no_room: &'static str,
    /// There are no skills.
    pub(crate) none: &'static str,
    /// Some were not read.
    pub(crate) problems: &'static str,
    /// Nothing is wrong.
    pub(crate) all_well: &'static str,
    /// Asks whether it is accepted.
    pub(crate) question: &'static str,
    /// It was accepted.
    pub(crate) accepted: &'static str,
    /// It was not accepted.
    pub(crate) not_accepted: &'static str,
    /// The answers that accept.
    pub(crate) yes: &'static [&'static str],
}

pub(super) const ENGLISH: SkillsWording = SkillsWording {
    name: "name",
    description: "for",
    folder: "folder",
    state: "state",
    commands: "commands",
    calls: "calls tool",
    homepage: "home page",
    installs: "wants installed (nothing is)",
    files: "files",
    digest: "digest",
    used: "used",
    only_person: "(only when you call it)",
    new: "not used: new; `localgpt skills accept` shows it",
    changed: "not used: changed; `localgpt skills accept` shows how",
    replaced: "another of this name counts",
    disabled: "switched off",
    os: "not used: only for",
    bins: "not used: programs are missing",
    any_bins: "not used: none of these programs is there",
    env: "not used: variables are not set",
    config: "not used: settings are missing",
    no_room: "not told to the model: there is no room",
    none: "no skill yet; a folder with a SKILL.md in `skills` of the workspace is one",
    problems: "some were not read; `localgpt skills check` says why",
    all_well: "all skills are read and used",
    question: "Accept exactly this? [y/N]",
    accepted: "accepted",
    not_accepted: "not accepted",
    yes: &["y", "yes"],
};

pub(super) const GERMAN: SkillsWording = SkillsWording {
    name: "Name",
    description: "wofür",
    folder: "Ordner",
    state: "Stand",
    commands: "Befehle",
    calls: "ruft Werkzeug",
    homepage: "Webseite",
    installs: "will installiert haben (nichts geschieht)",
    files: "Dateien",
    digest: "Prüfsumme",
    used: "wird verwendet",
    only_person: "(nur auf deinen Befehl)",
    new: "nicht verwendet: neu; `localgpt skills accept` zeigt es",
    changed: "nicht verwendet: geändert; `localgpt skills accept` zeigt, wie",
    replaced: "ein anderes mit diesem Namen gilt",
    disabled: "abgeschaltet",
    os: "nicht verwendet: nur für",
    bins: "nicht verwendet: Programme fehlen",
    any_bins: "nicht verwendet: keines dieser Programme ist da",
    env: "nicht verwendet: Variablen fehlen",
    config: "nicht verwendet: Einstellungen fehlen",
    no_room: "dem Modell nicht genannt: kein Platz",
    none: "noch kein Skill; ein Ordner mit einer SKILL.md unter `skills` im Arbeitsordner ist einer",
    problems: "manche wurden nicht gelesen; `localgpt skills check` sagt, warum",
    all_well: "alle Skills werden gelesen und verwendet",
    question: "Genau das annehmen? [j/N]",
    accepted: "angenommen",
    not_accepted: "nicht angenommen",
    yes: &["j", "ja", "y", "yes"],
};
