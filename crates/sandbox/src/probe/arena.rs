//! Where probes run: a folder that may be changed, one that may not even be seen, and what listens outside.

use std::{
    fs::{self, File},
    io,
    net::{TcpListener, UdpSocket},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::UnixListener,
    },
    path::{Path, PathBuf},
    process,
};

use rustix::io::{FdFlags, fcntl_setfd};

use crate::{Confinement, Error, Launch, Limits, Program, probe::ROLE, roles};

/// The files outside that probes try on, one each.
const OUTSIDE: &[&str] = &[
    "secret",
    "append",
    "truncate",
    "delete",
    "rename",
    "link",
    "mode",
    "owner",
    "times",
    "attribute",
];
/// The files inside that are protected.
const PROTECTED: &[&str] = &["SOUL.md", "AGENTS.md", "USER.md", "TOOLS.md", "skills/one/SKILL.md"];
/// The names inside that are protected and not taken.
const ABSENT: &[&str] = &["IDENTITY.md", ".agents", "later/SKILL.md"];

/// A place for one run of the probes.
#[derive(Debug)]
pub struct Arena {
    folder: PathBuf,
    inherited: File,
    tcp: TcpListener,
    udp: UdpSocket,
    shared: Option<PathBuf>,
    _unix: [OwnedFd; 2],
}

impl Arena {
    /// Makes one in an empty folder.
    pub fn make(folder: &Path) -> io::Result<Self> {
        let (outside, inside) = (folder.join("outside"), folder.join("inside"));
        fs::create_dir_all(&outside)?;
        for name in OUTSIDE {
            fs::write(outside.join(name), "secret")?;
        }
        for name in PROTECTED {
            let path = inside.join(name);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, "be kind")?;
        }
        std::os::unix::fs::symlink(outside.join("secret"), inside.join("way-out"))?;
        let inherited = File::open(outside.join("secret"))?;
        fcntl_setfd(&inherited, FdFlags::empty())?;
        let shared = Path::new("/dev/shm").join(format!("localgpt-probe-{}", process::id()));
        let shared = fs::write(&shared, "secret").is_ok().then_some(shared);
        let unix = UnixListener::bind(inside.join("socket"))?;
        Ok(Self {
            folder: folder.to_owned(),
            inherited,
            tcp: TcpListener::bind(("127.0.0.1", 0))?,
            udp: UdpSocket::bind(("127.0.0.1", 0))?,
            shared,
            _unix: [unix.into(), abstract_socket()?],
        })
    }

    /// The folder that may be changed.
    pub fn inside(&self) -> PathBuf {
        self.folder.join("inside")
    }

    /// The folder that may not be seen.
    pub fn outside(&self) -> PathBuf {
        self.folder.join("outside")
    }

    /// What a probe is confined to. With `protected` some files inside are not to be changed.
    pub fn confinement(&self, program: &Program) -> Confinement {
        let protected = PROTECTED.iter().chain(ABSENT).map(|name| self.inside().join(name));
        Confinement {
            writable: vec![self.inside()],
            protected: protected.collect(),
            readable: vec![program.path().to_owned()],
            limits: Limits {
                cpu_seconds: 20,
                memory_bytes: 1 << 30,
                file_bytes: 1 << 20,
                open_files: 64,
                processes: 32,
            },
        }
    }

    /// Our own program, about to try.
    pub fn launch(&self, program: &Program) -> Result<Launch, Error> {
        let failed = |source| Error::Start { program: program.path().to_owned(), source };
        let tcp = self.tcp.local_addr().map_err(failed)?.port();
        let udp = self.udp.local_addr().map_err(failed)?.port();
        let shared = self.shared.clone().unwrap_or_default();
        let words = [
            self.inside().into_os_string(),
            self.outside().into_os_string(),
            shared.into_os_string(),
            tcp.to_string().into(),
            udp.to_string().into(),
            process::id().to_string().into(),
            self.inherited.as_raw_fd().to_string().into(),
        ];
        let launch = Launch::new(program.clone(), &self.inside());
        Ok(launch.args([roles::ROLE, ROLE.0]).args(words))
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            fs::remove_file(shared).unwrap_or_default();
        }
    }
}

/// The name without a file that something outside listens on.
#[cfg(target_os = "linux")]
pub(super) fn abstract_name(outside: u32) -> String {
    format!("localgpt-probe-{outside}")
}

#[cfg(target_os = "linux")]
fn abstract_socket() -> io::Result<OwnedFd> {
    use std::os::{linux::net::SocketAddrExt as _, unix::net::SocketAddr};

    // Another arena of this process may have it.
    static NAMES: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = NAMES.lock();
    let name = SocketAddr::from_abstract_name(abstract_name(process::id()))?;
    match UnixListener::bind_addr(&name) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Ok(File::open("/dev/null")?.into())
        }
        bound => Ok(bound?.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn abstract_socket() -> io::Result<OwnedFd> {
    Ok(File::open("/dev/null")?.into())
}
