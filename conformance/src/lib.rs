//! What we claim: `claims.toml`, read. Each promise has an id, a sentence, the section of the
//! standard or the paper that it follows, and the test that proves it.

use toml::{Table, Value};

/// One promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its id, as a reader quotes it: `REQ-DCM-01`.
    pub id: String,
    /// The promise.
    pub sentence: String,
    /// Where it comes from.
    pub source: String,
    /// The test that proves it.
    pub test: Test,
}

/// A test by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its file, relative to the root of the checkout.
    pub file: String,
    /// Its function.
    pub function: String,
}

/// Why the claims cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The file is not TOML.
    #[error("the claims are not TOML: {0}")]
    Syntax(String),
    /// A claim lacks something, or has it empty.
    #[error("{id} has no {field}")]
    Missing {
        /// The claim.
        id: String,
        /// What it lacks.
        field: &'static str,
    },
    /// A test is not of the form `file::function`.
    #[error("{id} names the test '{test}', which is not of the form FILE::FUNCTION")]
    Place {
        /// The claim.
        id: String,
        /// What it names.
        test: String,
    },
}

/// Reads the claims, in the order of their ids.
pub fn claims(text: &str) -> Result<Vec<Claim>, ClaimError> {
    let table: Table =
        text.parse().map_err(|e: toml::de::Error| ClaimError::Syntax(e.to_string()))?;
    table.iter().map(|(id, fields)| claim(id, fields)).collect()
}

fn claim(id: &str, fields: &Value) -> Result<Claim, ClaimError> {
    let text = |field: &'static str| {
        let found = fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        found.map(str::to_owned).ok_or_else(|| ClaimError::Missing { id: id.to_owned(), field })
    };
    let place = text("test")?;
    let (file, function) = place
        .split_once("::")
        .ok_or_else(|| ClaimError::Place { id: id.to_owned(), test: place.clone() })?;
    let test = Test { file: file.to_owned(), function: function.to_owned() };
    Ok(Claim { id: id.to_owned(), sentence: text("sentence")?, source: text("source")?, test })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "[REQ-X-01]\nsentence = 'It is.'\nsource = 'PS3.5'\ntest = 'a.rs::b'\n";

    #[test]
    fn a_claim_names_its_test() {
        let claims = claims(WHOLE).unwrap();
        let test = Test { file: "a.rs".into(), function: "b".into() };
        assert_eq!((claims.len(), &claims[0].test), (1, &test));
    }
    #[test]
    fn a_claim_without_a_source_is_none() {
        let text = WHOLE.replace("PS3.5", "");
        assert!(matches!(claims(&text), Err(ClaimError::Missing { field: "source", .. })));
    }
    #[test]
    fn a_test_has_a_place() {
        let text = WHOLE.replace("a.rs::b", "b");
        assert!(matches!(claims(&text), Err(ClaimError::Place { .. })));
    }
}
