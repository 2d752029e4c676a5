//! `localgpt doctor`: looks at the set-up and says what is wrong.

use localgpt_protocol::{Check, CheckState};

use crate::{
    context::Context,
    render,
    report::{self, Failure},
    terminal::Format,
};

/// What is missing for programs that a tool runs; nothing where nothing is.
fn sandbox() -> Option<Check> {
    let status = localgpt_sandbox::status();
    let hint = status.hint()?;
    Some(Check {
        name: "sandbox".to_owned(),
        state: CheckState::Warning,
        detail: format!("{status}; {}", status.missing()),
        hint: Some(hint.to_owned()),
    })
}

/// Prints the checks; fails when one is a problem.
pub(crate) fn run(context: &mut Context) -> anyhow::Result<()> {
    let checks = match context.start_to_look() {
        Ok((config, clock)) => {
            let mut checks = localgpt_assistant::doctor(&config, &context.environment, &clock);
            checks.extend(sandbox());
            checks
        }
        Err(error) => {
            let (detail, hint) = report::message_and_hint(&error);
            let name = "configuration".to_owned();
            vec![Check { name, state: CheckState::Problem, detail, hint }]
        }
    };
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&checks)?,
        Format::Text => render::checks(context.terminal.out(), &checks)?,
    }
    match checks.iter().filter(|check| check.state == CheckState::Problem).count() {
        0 => Ok(()),
        1 => Err(Failure::user("1 problem was found").into()),
        problems => Err(Failure::user(format!("{problems} problems were found")).into()),
    }
}
