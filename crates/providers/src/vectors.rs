//! What a server gave as vectors, checked before anyone uses it.

use std::sync::OnceLock;

use localgpt_protocol::{Embedding, ProviderError};

/// Texts of one request: the least that common servers take at once.
pub(crate) const BATCH: usize = 32;

/// How many numbers the vectors of a model have: its first answer says it.
#[derive(Debug, Default)]
pub(crate) struct Dimensions(OnceLock<usize>);

impl Dimensions {
    /// Takes the vectors of `count` texts, if each is one and all are of one kind.
    pub(crate) fn check(
        &self,
        vectors: Vec<Vec<f32>>,
        count: usize,
    ) -> Result<Vec<Embedding>, ProviderError> {
        let wrong = |message: String| Err(ProviderError::Protocol { message });
        if vectors.len() != count {
            return wrong(format!("it has {} vectors for {count} texts", vectors.len()));
        }
        for vector in &vectors {
            let expected = *self.0.get_or_init(|| vector.len());
            if vector.len() != expected {
                return wrong(format!(
                    "a vector has {} numbers, others have {expected}",
                    vector.len()
                ));
            }
            if vector.iter().any(|number| !number.is_finite()) {
                return wrong("a vector has something that is no number".to_owned());
            }
            if vector.iter().all(|number| *number == 0.0) {
                return wrong("a vector is zero".to_owned());
            }
        }
        Ok(vectors.into_iter().map(Embedding).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_whole_vectors_of_one_length_passes() {
        let dimensions = Dimensions::default();
        let shown = |vectors: &[&[f32]], count| {
            let vectors = vectors.iter().map(|vector| vector.to_vec()).collect();
            match dimensions.check(vectors, count) {
                Ok(vectors) => format!("{} good", vectors.len()),
                Err(error) => error.to_string(),
            }
        };
        let not = |what: &str| format!("cannot use the server's answer: {what}");
        assert_eq!(shown(&[&[1.0, 2.0], &[3.0, 4.0]], 2), "2 good");
        assert_eq!(shown(&[&[1.0, 2.0]], 2), not("it has 1 vectors for 2 texts"));
        assert_eq!(shown(&[&[1.0]], 1), not("a vector has 1 numbers, others have 2"));
        assert_eq!(
            shown(&[&[1.0, f32::INFINITY]], 1),
            not("a vector has something that is no number")
        );
        assert_eq!(shown(&[&[0.0, 0.0]], 1), not("a vector is zero"));
        assert!(Dimensions::default().check(vec![Vec::new()], 1).is_err());
    }
}
