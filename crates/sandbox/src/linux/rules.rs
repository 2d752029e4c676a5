//! Landlock: which files may be read, run and changed, and that nothing outside is signalled.

use std::{io, path::Path};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

use super::{folders, sys};
use crate::Confinement;

/// The least version that is worth the name: it holds TCP back.
pub(crate) const LEAST_VERSION: i32 = 4;
/// The first version that holds signals back.
pub(crate) const SIGNALS_VERSION: i32 = 6;

/// Puts the rules on, for good. A right that the kernel cannot take away is an error. Programs get the system, and
/// `home` for their temporary files.
pub(crate) fn restrict(confinement: &Confinement, home: Option<&Path>) -> io::Result<()> {
    let version = sys::landlock_version();
    if version < LEAST_VERSION {
        return Err(io::Error::other("the kernel has no Landlock, or too old a one"));
    }
    let abi = ABI::from(version.min(SIGNALS_VERSION + 1));
    rules(confinement, home, abi).map_err(io::Error::other)
}

fn rules(confinement: &Confinement, home: Option<&Path>, abi: ABI) -> Result<(), RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?;
    let scopes = Scope::from_all(abi);
    if !scopes.is_empty() {
        rules = rules.scope(scopes)?;
    }
    let read = AccessFs::from_read(abi);
    // No device and no socket is made, and no device is steered.
    let change = AccessFs::from_all(abi)
        & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock | AccessFs::IoctlDev);
    let use_device = AccessFs::ReadFile | AccessFs::WriteFile;
    let mut created = rules.create()?;
    if let Some(home) = home {
        created = allow(created, home, change, abi)?;
        for path in folders::system() {
            created = allow(created, &path, read, abi)?;
        }
        created = allow(created, Path::new("/proc"), AccessFs::ReadFile | AccessFs::ReadDir, abi)?;
        for path in folders::DEVICES {
            created = allow(created, Path::new(path), use_device, abi)?;
        }
    }
    for path in &confinement.readable {
        created = allow(created, path, read, abi)?;
    }
    for path in &confinement.writable {
        created = allow(created, path, change, abi)?;
    }
    created.restrict_self()?;
    Ok(())
}

/// Allows what can be allowed at a path; one that is not there needs no rule.
fn allow(
    created: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
    abi: ABI,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(created) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(abi) };
    created.add_rule(PathBeneath::new(opened, access))
}
