//! The probes: each is one try, and succeeds if there is a way.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{
        fs::{PermissionsExt, symlink},
        net::UnixStream,
    },
    path::PathBuf,
};

#[cfg(target_os = "linux")]
use super::calls;

/// What a probe knows of where it is.
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "the probes that need the rest are for Linux")
)]
pub(super) struct Ground {
    pub(super) inside: PathBuf,
    pub(super) outside: PathBuf,
    pub(super) shared: PathBuf,
    pub(super) tcp: u16,
    pub(super) udp: u16,
    /// The process outside that started us.
    pub(super) outsider: u32,
    /// A descriptor that nobody meant for us.
    pub(super) inherited: u32,
}

impl Ground {
    pub(super) fn read(mut words: impl Iterator<Item = OsString>) -> Option<Self> {
        let (inside, outside, shared) = (words.next()?, words.next()?, words.next()?);
        let mut numbers = words.map(|word| word.to_str()?.parse::<u32>().ok());
        let mut number = || numbers.next().flatten();
        Some(Self {
            inside: inside.into(),
            outside: outside.into(),
            shared: shared.into(),
            tcp: number()?.try_into().ok()?,
            udp: number()?.try_into().ok()?,
            outsider: number()?,
            inherited: number()?,
        })
    }
}

type Attempt = (&'static str, fn(&Ground) -> io::Result<()>);

/// All of them.
pub(super) const ATTEMPTS: &[Attempt] = &[
    ("create a file outside", |at| File::create_new(at.outside.join("created")).map(drop)),
    ("create a folder outside", |at| fs::create_dir(at.outside.join("folder"))),
    ("create a link outside", |at| symlink("secret", at.outside.join("made-link"))),
    ("append to a file outside", |at| append(at.outside.join("append"))),
    ("truncate a file outside", |at| File::create(at.outside.join("truncate")).map(drop)),
    ("delete a file outside", |at| fs::remove_file(at.outside.join("delete"))),
    ("move a file in from outside", |at| {
        fs::rename(at.outside.join("rename"), at.inside.join("moved"))
    }),
    ("hard-link a file in from outside", |at| {
        fs::hard_link(at.outside.join("link"), at.inside.join("linked"))
    }),
    ("change the mode of a file outside", |at| {
        fs::set_permissions(at.outside.join("mode"), PermissionsExt::from_mode(0o777))
    }),
    ("change the owner of a file outside", |at| {
        std::os::unix::fs::chown(at.outside.join("owner"), Some(user()), None)
    }),
    ("change the times of a file outside", |at| {
        let times = rustix::fs::Timestamps {
            last_access: rustix::fs::Timespec { tv_sec: 1, tv_nsec: 0 },
            last_modification: rustix::fs::Timespec { tv_sec: 1, tv_nsec: 0 },
        };
        let path = at.outside.join("times");
        Ok(rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty())?)
    }),
    ("read a file outside", |at| fs::read(at.outside.join("secret")).map(drop)),
    ("read a file outside through a link", |at| fs::read(at.inside.join("way-out")).map(drop)),
    ("list a folder outside", |at| fs::read_dir(&at.outside).map(drop)),
    ("read shared memory", |at| fs::read(&at.shared).map(drop)),
    ("read the password hashes", |_| fs::read("/etc/shadow").map(drop)),
    ("connect by TCP", |at| TcpStream::connect(("127.0.0.1", at.tcp)).map(drop)),
    ("listen by TCP", |_| TcpListener::bind(("127.0.0.1", 0)).map(drop)),
    ("send by UDP", |at| {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        socket.send_to(b"hello", ("127.0.0.1", at.udp)).map(drop)
    }),
    ("connect to a Unix socket", |at| UnixStream::connect(at.inside.join("socket")).map(drop)),
    #[cfg(target_os = "linux")]
    ("read an inherited descriptor", |at| found(calls::read_start(at.inherited)? == *b"secret")),
    #[cfg(target_os = "linux")]
    ("find an inherited variable", |_| {
        const OURS: &[&[u8]] = &[b"PATH", b"LANG", b"TERM", b"HOME", b"TMPDIR"];
        let variables = fs::read("/proc/self/environ")?;
        let mut names = variables.split(|&byte| byte == 0).filter_map(|variable| {
            let length = variable.iter().position(|&byte| byte == b'=')?;
            variable.get(..length)
        });
        found(names.any(|name| !OURS.contains(&name)))
    }),
    ("write a file above the limit", |at| {
        #[cfg(target_os = "linux")]
        calls::ignore_large_files();
        let mut file = File::create(at.inside.join("large"))?;
        file.write_all(&vec![0; (1 << 20) + 1])
    }),
    ("use memory above the limit", |_| {
        let mut bytes = Vec::<u8>::new();
        bytes.try_reserve_exact(3 << 30).map_err(io::Error::other)?;
        std::hint::black_box(&bytes);
        Ok(())
    }),
    ("open files above the limit", |_| {
        (0..80).map(|_| File::open("/dev/null")).collect::<io::Result<Vec<_>>>().map(drop)
    }),
    ("change a protected file", |at| append(at.inside.join("SOUL.md"))),
    ("make a protected file that is not there", |at| append(at.inside.join("IDENTITY.md"))),
    ("make a file in a protected folder that is not there", |at| {
        fs::create_dir_all(at.inside.join(".agents"))?;
        append(at.inside.join(".agents/SKILL.md"))
    }),
    ("make a folder on the way to what is protected", |at| {
        fs::create_dir_all(at.inside.join("later"))?;
        append(at.inside.join("later/SKILL.md"))
    }),
    ("change a protected file through a hard link", |at| {
        fs::hard_link(at.inside.join("USER.md"), at.inside.join("other-name"))?;
        append(at.inside.join("other-name"))
    }),
    ("move another file over a protected one", |at| {
        fs::write(at.inside.join("evil"), "be evil")?;
        fs::rename(at.inside.join("evil"), at.inside.join("AGENTS.md"))
    }),
    ("move a protected file away", |at| {
        fs::rename(at.inside.join("TOOLS.md"), at.inside.join("gone"))
    }),
    ("delete a protected file", |at| fs::remove_file(at.inside.join("USER.md"))),
    ("move away the folder above a protected file", |at| {
        fs::rename(at.inside.join("skills"), at.inside.join("old-skills"))
    }),
    #[cfg(target_os = "linux")]
    ("set an attribute of a file outside", |at| {
        let path = at.outside.join("attribute");
        Ok(rustix::fs::setxattr(path, "user.probe", b"1", rustix::fs::XattrFlags::empty())?)
    }),
    #[cfg(target_os = "linux")]
    ("connect to a socket without a file", |at| {
        use std::os::{linux::net::SocketAddrExt as _, unix::net::SocketAddr};
        let name = super::arena::abstract_name(at.outsider);
        UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?).map(drop)
    }),
    #[cfg(target_os = "linux")]
    ("make a pair of datagram sockets", |_| std::os::unix::net::UnixDatagram::pair().map(drop)),
    #[cfg(target_os = "linux")]
    ("open a netlink socket", |_| calls::socket(libc::AF_NETLINK, libc::SOCK_RAW)),
    #[cfg(target_os = "linux")]
    ("open a raw socket", |_| calls::socket(libc::AF_PACKET, libc::SOCK_RAW)),
    #[cfg(target_os = "linux")]
    ("open a socket to the host", |_| calls::socket(libc::AF_VSOCK, libc::SOCK_STREAM)),
    #[cfg(target_os = "linux")]
    ("set up io_uring", |_| calls::io_uring()),
    #[cfg(target_os = "linux")]
    ("signal a process outside", |at| calls::signal(at.outsider)),
    #[cfg(target_os = "linux")]
    ("trace a process outside", |at| calls::trace(at.outsider)),
    #[cfg(target_os = "linux")]
    ("read the environment of a process outside", |at| {
        // A process by that number may well be inside.
        let name = fs::read_to_string(format!("/proc/{}/cmdline", at.outsider))?;
        fs::read(format!("/proc/{}/environ", at.outsider))?;
        found(!name.contains(super::ROLE.0))
    }),
    #[cfg(target_os = "linux")]
    ("open the memory of a process outside", |at| {
        let name = fs::read_to_string(format!("/proc/{}/cmdline", at.outsider))?;
        File::open(format!("/proc/{}/mem", at.outsider))?;
        found(!name.contains(super::ROLE.0))
    }),
    #[cfg(target_os = "linux")]
    ("change a setting of the kernel", |_| {
        OpenOptions::new().write(true).open("/proc/sys/kernel/core_pattern").map(drop)
    }),
    #[cfg(target_os = "linux")]
    ("make a user namespace", |_| calls::unshare()),
    #[cfg(target_os = "linux")]
    ("fork into a user namespace", |_| calls::clone()),
    #[cfg(target_os = "linux")]
    ("fork with hidden flags", |_| calls::clone3()),
    #[cfg(target_os = "linux")]
    ("mount", |at| calls::mount(&at.inside)),
    #[cfg(target_os = "linux")]
    ("make a device", |at| calls::node(&at.inside.join("device"), libc::S_IFCHR)),
    #[cfg(target_os = "linux")]
    ("make a socket of a file", |at| calls::node(&at.inside.join("node"), libc::S_IFSOCK)),
    #[cfg(target_os = "linux")]
    ("load a program into the kernel", |_| calls::bpf()),
    #[cfg(target_os = "linux")]
    ("use the kernel's keys", |_| calls::keys()),
    #[cfg(target_os = "linux")]
    ("measure the kernel", |_| calls::perf()),
    #[cfg(target_os = "linux")]
    ("handle page faults", |_| calls::userfault()),
    #[cfg(target_os = "linux")]
    ("look at the clock's settings", |_| calls::clock()),
    #[cfg(target_os = "linux")]
    ("type into the terminal", |_| calls::type_in()),
    #[cfg(target_os = "linux")]
    ("have a capability", |_| {
        let status = fs::read_to_string("/proc/self/status")?;
        let sets = status.lines().filter_map(|line| line.strip_prefix("CapEff:"));
        found(sets.into_iter().any(|set| set.trim().bytes().any(|digit| digit != b'0')))
    }),
];

fn append(path: PathBuf) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(b"be evil")
}

#[cfg(target_os = "linux")]
fn found(is_there: bool) -> io::Result<()> {
    if is_there { Ok(()) } else { Err(io::Error::other("there is none")) }
}

fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
