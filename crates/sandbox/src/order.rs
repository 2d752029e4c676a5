//! What the helper is told, as bytes: it reads them from a socket, never from its arguments or environment.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

use crate::{Confinement, Limits};

/// What is to run once the walls are up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A program; the helper's own arguments are its arguments.
    Program(PathBuf),
    /// The part of our program with this name.
    Role(String),
    /// Nothing: whether it can be confined is the question.
    Nothing,
}

/// A wall around the child. Tests leave one out to see that another does not stand in for it.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Descriptors that were not closed on the way.
    Descriptors,
    /// The environment.
    Environment,
    /// Limits on what it uses.
    Limits,
    /// Capabilities.
    Capabilities,
    /// Namespaces, and with them the view of the files.
    Namespaces,
    /// Landlock.
    Landlock,
    /// The filter of system calls.
    Seccomp,
    /// More of that filter, where there are no namespaces: nothing of a file but its bytes can be changed.
    Attributes,
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Descriptors,
        Self::Environment,
        Self::Limits,
        Self::Capabilities,
        Self::Namespaces,
        Self::Landlock,
        Self::Seccomp,
        Self::Attributes,
    ];

    fn bit(self) -> u64 {
        1 << self as u32
    }
}

/// The walls that are to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layers(u64);

impl Layers {
    pub(crate) fn all() -> Self {
        Self(Layer::ALL.iter().fold(0, |bits, layer| bits | layer.bit()))
    }

    pub(crate) fn without(self, layer: Layer) -> Self {
        Self(self.0 & !layer.bit())
    }

    pub(crate) fn has(self, layer: Layer) -> bool {
        self.0 & layer.bit() != 0
    }
}

/// All that the helper needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) layers: Layers,
    pub(crate) what: What,
    pub(crate) folder: PathBuf,
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) confinement: Confinement,
}

impl Order {
    /// The order as bytes, its length in front.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer(vec![0; 8]);
        writer.number(self.layers.0);
        let (kind, name) = match &self.what {
            What::Program(path) => (0, path.as_os_str()),
            What::Role(name) => (1, OsStr::new(name)),
            What::Nothing => (2, OsStr::new("")),
        };
        writer.number(kind);
        writer.text(name);
        writer.text(self.folder.as_os_str());
        writer.number(self.environment.len() as u64);
        for (name, value) in &self.environment {
            writer.text(name);
            writer.text(value);
        }
        let Confinement { writable, protected, readable, limits } = &self.confinement;
        for paths in [writable, protected, readable] {
            writer.number(paths.len() as u64);
            for path in paths {
                writer.text(path.as_os_str());
            }
        }
        let Limits { cpu_seconds, memory_bytes, file_bytes, open_files, processes } = *limits;
        for number in [cpu_seconds, memory_bytes, file_bytes, open_files, processes] {
            writer.number(number);
        }
        let mut bytes = writer.0;
        let length = (bytes.len() as u64).saturating_sub(8).to_le_bytes();
        for (byte, of_length) in bytes.iter_mut().zip(length) {
            *byte = of_length;
        }
        bytes
    }

    /// Reads what stands behind the length.
    pub(crate) fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut reader = Reader(bytes);
        let layers = Layers(reader.number()?);
        let (kind, name) = (reader.number()?, reader.text()?);
        let what = match kind {
            0 => What::Program(name.into()),
            1 => What::Role(name.into_string().map_err(|_name| broken())?),
            2 => What::Nothing,
            _ => return Err(broken()),
        };
        let folder = reader.text()?.into();
        let mut environment = Vec::new();
        for _ in 0..reader.number()? {
            environment.push((reader.text()?, reader.text()?));
        }
        let confinement = Confinement {
            writable: reader.paths()?,
            protected: reader.paths()?,
            readable: reader.paths()?,
            limits: Limits {
                cpu_seconds: reader.number()?,
                memory_bytes: reader.number()?,
                file_bytes: reader.number()?,
                open_files: reader.number()?,
                processes: reader.number()?,
            },
        };
        match reader.0.is_empty() {
            true => Ok(Self { layers, what, folder, environment, confinement }),
            false => Err(broken()),
        }
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the order is broken")
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &OsStr) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> io::Result<u64> {
        let (number, rest) = self.0.split_first_chunk().ok_or_else(broken)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*number))
    }

    fn text(&mut self) -> io::Result<OsString> {
        let length = usize::try_from(self.number()?).map_err(|_too_long| broken())?;
        let (text, rest) = self.0.split_at_checked(length).ok_or_else(broken)?;
        self.0 = rest;
        Ok(OsString::from_vec(text.to_owned()))
    }

    fn paths(&mut self) -> io::Result<Vec<PathBuf>> {
        (0..self.number()?).map(|_| Ok(self.text()?.into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            layers: Layers::all().without(Layer::Limits),
            what: What::Program("/bin/sh".into()),
            folder: OsString::from_vec(vec![b'/', 0xff]).into(),
            environment: vec![("A".into(), "b c".into()), ("D".into(), "".into())],
            confinement: Confinement {
                writable: vec!["/w".into()],
                protected: vec!["/w/SOUL.md".into(), "/w/skills".into()],
                readable: Vec::new(),
                limits: Limits::default(),
            },
        }
    }

    #[test]
    fn an_order_arrives_as_it_was_sent() {
        for what in [What::Role("pdf".to_owned()), What::Nothing, order().what] {
            let sent = Order { what, ..order() };
            let bytes = sent.encode();
            let (length, body) = bytes.split_first_chunk().unwrap();
            assert_eq!(u64::from_le_bytes(*length), body.len() as u64);
            assert_eq!(Order::decode(body).unwrap(), sent);
        }
    }

    #[test]
    fn an_order_that_is_cut_or_too_long_is_refused() {
        let mut body = order().encode().split_off(8);
        for length in 0..body.len() {
            assert!(Order::decode(&body[..length]).is_err(), "{length}");
        }
        body.push(0);
        assert!(Order::decode(&body).is_err());
    }

    #[test]
    fn a_layer_that_is_left_out_takes_no_other_with_it() {
        for left_out in Layer::ALL {
            let layers = Layers::all().without(left_out);
            for layer in Layer::ALL {
                assert_eq!(layers.has(layer), layer != left_out);
            }
        }
    }
}
