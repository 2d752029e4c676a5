//! How much of a sandbox there is here, and what follows from it.

use std::{fmt, sync::OnceLock};

#[cfg(target_os = "linux")]
use crate::order::{Layer, Layers};

/// The row of the table that holds on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Linux: namespaces, Landlock and the filter of system calls.
    Full,
    /// Linux: Landlock and the filter. What is protected must lie outside the writable folders.
    NoNamespaces,
    /// Linux: namespaces and the filter.
    MountsOnly,
    /// macOS.
    Seatbelt,
    /// None: nothing is run.
    Off,
}

/// A part of the sandbox that a system has or lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// User, mount, network and process namespaces.
    Namespaces,
    /// Landlock, version 4 or later.
    Landlock,
    /// The filter of system calls.
    Seccomp,
    /// `sandbox-exec`.
    Seatbelt,
}

/// What was found of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The piece.
    pub piece: Piece,
    /// What there is of it, or why there is none.
    pub state: Result<String, String>,
}

/// How much of a sandbox there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    row: Row,
    found: Vec<Found>,
}

/// How much of a sandbox there is here. The machine is asked once in the life of the process, which takes some
/// milliseconds.
pub fn status() -> &'static Status {
    static STATUS: OnceLock<Status> = OnceLock::new();
    STATUS.get_or_init(probe)
}

#[cfg(target_os = "linux")]
fn probe() -> Status {
    use crate::{confined, linux};
    let row = |piece, state| Found { piece, state };
    Status::of(vec![
        row(Piece::Namespaces, confined::try_namespaces()),
        row(Piece::Landlock, linux::landlock().map(|version| format!("version {version}"))),
        row(Piece::Seccomp, linux::seccomp().map(|()| "there".to_owned())),
    ])
}

#[cfg(target_os = "macos")]
fn probe() -> Status {
    let state = match std::path::Path::new(crate::seatbelt::PROGRAM).exists() {
        true => Ok("there".to_owned()),
        false => Err(format!("there is no {}", crate::seatbelt::PROGRAM)),
    };
    Status::of(vec![Found { piece: Piece::Seatbelt, state }])
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn probe() -> Status {
    Status::of(Vec::new())
}

impl Status {
    /// What follows from what was found.
    fn of(found: Vec<Found>) -> Self {
        let has = |piece| found.iter().any(|found| found.piece == piece && found.state.is_ok());
        let row = match (has(Piece::Namespaces), has(Piece::Landlock), has(Piece::Seccomp)) {
            (true, true, true) => Row::Full,
            (false, true, true) => Row::NoNamespaces,
            (true, false, true) => Row::MountsOnly,
            _ if has(Piece::Seatbelt) => Row::Seatbelt,
            _ => Row::Off,
        };
        Self { row, found }
    }

    /// What it would be on a machine that also lacks `pieces`.
    #[must_use]
    pub fn without(&self, pieces: &[Piece]) -> Self {
        let mut found = self.found.clone();
        for found in &mut found {
            if pieces.contains(&found.piece) {
                found.state = Err("left out on request".to_owned());
            }
        }
        Self::of(found)
    }

    /// The row of the table.
    pub fn row(&self) -> Row {
        self.row
    }

    /// Whether anything can be confined.
    pub fn is_on(&self) -> bool {
        self.row != Row::Off
    }

    /// What was found, piece by piece.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// What is missing, in words; empty if nothing is.
    pub fn missing(&self) -> String {
        let missing = self.found.iter().filter_map(|found| {
            let reason = found.state.as_ref().err()?;
            Some(format!("no {}: {reason}", found.piece))
        });
        let missing: Vec<String> = missing.collect();
        match self.found.is_empty() {
            true => "this system has none that is used here".to_owned(),
            false => missing.join("; "),
        }
    }

    /// What can be done about it; none if nothing is to be done.
    pub fn hint(&self) -> Option<&'static str> {
        match self.row {
            Row::Full | Row::Seatbelt => None,
            Row::NoNamespaces => Some(
                "allow user namespaces: `sysctl user.max_user_namespaces`, and on Ubuntu \
                 `sysctl kernel.apparmor_restrict_unprivileged_userns=0`; in a container, start it with \
                 `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`",
            ),
            Row::MountsOnly => Some(
                "use Linux 6.7 or later with `landlock` in the list `lsm=` of the kernel's command line; in a \
                 container, allow the system calls of Landlock",
            ),
            Row::Off => Some(
                "programs are not run here; `--i-accept-no-sandbox` runs them with all that you may do yourself, for \
                 that one run",
            ),
        }
    }

    /// The walls that stand here; none if too few do.
    #[cfg(target_os = "linux")]
    pub(crate) fn layers(&self) -> Option<Layers> {
        let all = Layers::all();
        match self.row {
            Row::Full => Some(all.without(Layer::Attributes)),
            Row::NoNamespaces => Some(all.without(Layer::Namespaces)),
            Row::MountsOnly => Some(all.without(Layer::Landlock).without(Layer::Attributes)),
            Row::Seatbelt | Row::Off => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Row::Full => f.write_str("sandbox: full"),
            Row::NoNamespaces => f.write_str(
                "sandbox: no namespaces; core files must lie outside the folders that programs may change, and \
                 chmod and touch -d do not work in them",
            ),
            Row::MountsOnly => f.write_str("sandbox: mount namespace only"),
            Row::Seatbelt => f.write_str("sandbox: Seatbelt"),
            Row::Off => write!(f, "sandbox: off; {}", self.missing()),
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespaces => "namespaces",
            Self::Landlock => "Landlock",
            Self::Seccomp => "seccomp",
            Self::Seatbelt => "Seatbelt",
        })
    }
}

impl std::str::FromStr for Piece {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "ns" => Ok(Self::Namespaces),
            "landlock" => Ok(Self::Landlock),
            "seccomp" => Ok(Self::Seccomp),
            other => Err(format!("there is no piece `{other}`: landlock, seccomp, ns")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: [Piece; 3] = [Piece::Namespaces, Piece::Landlock, Piece::Seccomp];

    fn everything() -> Status {
        let there = |piece| Found { piece, state: Ok("there".to_owned()) };
        Status::of(PIECES.map(there).into())
    }

    #[test]
    fn every_missing_piece_gives_its_row_and_its_words() {
        use Piece::{Landlock, Namespaces, Seccomp};
        let off = "left out on request";
        for (missing, row, words) in [
            (&[][..], Row::Full, "sandbox: full".to_owned()),
            (
                &[Namespaces],
                Row::NoNamespaces,
                "sandbox: no namespaces; core files must lie outside the folders that programs may change, and \
                 chmod and touch -d do not work in them"
                    .to_owned(),
            ),
            (&[Landlock], Row::MountsOnly, "sandbox: mount namespace only".to_owned()),
            (&[Seccomp], Row::Off, format!("sandbox: off; no seccomp: {off}")),
            (
                &[Namespaces, Landlock],
                Row::Off,
                format!("sandbox: off; no namespaces: {off}; no Landlock: {off}"),
            ),
            (&[Namespaces, Seccomp], Row::Off, format!("sandbox: off; no namespaces: {off}; no seccomp: {off}")),
            (&[Landlock, Seccomp], Row::Off, format!("sandbox: off; no Landlock: {off}; no seccomp: {off}")),
        ] {
            let status = everything().without(missing);
            assert_eq!((status.row(), status.to_string()), (row, words));
            assert_eq!(status.is_on(), row != Row::Off);
            assert_eq!(status.hint().is_none(), row == Row::Full);
        }
    }

    #[test]
    fn a_system_without_any_piece_is_off() {
        let status = Status::of(Vec::new());
        assert_eq!(status.to_string(), "sandbox: off; this system has none that is used here");
        assert!(!status.is_on());
    }

    #[test]
    fn pieces_are_called_as_people_type_them() {
        assert_eq!(["ns", "landlock", "seccomp"].map(str::parse), PIECES.map(Ok));
        assert!("chroot".parse::<Piece>().is_err());
    }
}
