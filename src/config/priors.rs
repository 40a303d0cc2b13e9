//! Where earlier studies are fetched from, how far back, and how long a study waits for them.

use super::ConfigError;
use interval_dicomweb::client::{Client, Credential, Settings, Trust};
use serde::Deserialize;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// How priors are fetched.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct PriorsConfig {
    /// Most earlier studies that are fetched: the newest ones, and the oldest.
    pub studies_max: usize,
    /// Nothing older than so many years is fetched.
    pub years_max: u32,
    /// Seconds within which a patient's priors are fetched once, however often it is asked for.
    pub window_s: u64,
    /// Most seconds that a study waits for its priors.
    pub wait_s: u64,
    /// Hours of the day, in local time, in which priors are fetched ahead of time; all day when
    /// not given.
    pub night: Option<HoursConfig>,
}

/// From the beginning of one hour to the beginning of another, over midnight where the first is
/// later.
#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, try_from = "[u8; 2]")]
pub struct HoursConfig {
    /// First hour, 0 to 23.
    pub from: u8,
    /// The hour at which it ends, 0 to 24.
    pub to: u8,
}

impl TryFrom<[u8; 2]> for HoursConfig {
    type Error = String;

    fn try_from([from, to]: [u8; 2]) -> Result<Self, String> {
        if from > 23 || to > 24 || from == to {
            return Err("hours are [from, to], 0 to 24, and not the same".into());
        }
        Ok(Self { from, to })
    }
}

impl HoursConfig {
    /// Whether an hour is within.
    pub fn contains(self, hour: u8) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&hour)
        } else {
            hour >= self.from || hour < self.to
        }
    }
}

impl Default for PriorsConfig {
    fn default() -> Self {
        Self { studies_max: 8, years_max: 10, window_s: 600, wait_s: 600, night: None }
    }
}

impl PriorsConfig {
    /// How long one fetch for a patient counts for all that ask.
    pub fn window(&self) -> Duration {
        Duration::from_secs(self.window_s)
    }

    /// How long a study waits.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.wait_s)
    }
}

/// An archive that is asked by DICOMweb.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ArchiveConfig {
    /// Its name in listings and logs.
    pub name: String,
    /// The address of its DICOMweb service.
    pub url: String,
    /// File with a bearer token.
    #[serde(default)]
    pub bearer: Option<PathBuf>,
    /// File with a name and a password, as `NAME:PASSWORD`.
    #[serde(default)]
    pub basic: Option<PathBuf>,
    /// PEM file of the certificates that are trusted, instead of those of the system.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Earlier studies of a patient are fetched from it.
    #[serde(default)]
    pub priors: bool,
}

impl ArchiveConfig {
    /// The way to it; files of credentials are read here, each time a node starts.
    pub fn client(&self) -> Result<Client, ConfigError> {
        let wrong = |what: String| ConfigError::Archive { name: self.name.clone(), what };
        let read = |path: &PathBuf| {
            fs::read_to_string(path).map_err(|e| wrong(format!("{}: {e}", path.display())))
        };
        let credential = match (&self.bearer, &self.basic) {
            (None, None) => Credential::None,
            (Some(path), None) => Credential::Bearer(read(path)?.trim().to_owned()),
            (None, Some(path)) => {
                let text = read(path)?;
                let pair = text.trim_end_matches(['\r', '\n']).split_once(':');
                let (name, password) =
                    pair.ok_or_else(|| wrong("basic wants NAME:PASSWORD in its file".into()))?;
                Credential::Basic(name.to_owned(), password.to_owned())
            }
            (Some(_), Some(_)) => return Err(wrong("bearer and basic exclude each other".into())),
        };
        let trust = match &self.certificate {
            Some(path) => Trust::Only(read(path)?.into_bytes()),
            None => Trust::System,
        };
        let settings = Settings { credential, trust, ..Settings::of(&self.url) };
        Client::new(settings).map_err(|error| wrong(crate::pipeline::sentence(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, fits: bool) {
        assert_eq!(toml::from_str::<PriorsConfig>(text).is_ok(), fits, "{text}");
    }

    #[test]
    fn the_night_is_two_hours_of_the_day() {
        check("night = [20, 6]", true);
        check("night = [20, 25]", false);
        check("night = [6, 6]", false);
        check("nights = [20, 6]", false);
        let config: PriorsConfig = toml::from_str("night = [20, 6]").unwrap();
        let night = config.night.unwrap();
        assert_eq!(
            [19, 20, 23, 0, 5, 6].map(|hour| night.contains(hour)),
            [false, true, true, true, true, false]
        );
    }
    #[test]
    fn an_archive_has_one_credential_that_can_be_read() {
        let archive = |text: &str| {
            let text = format!("name = 'vna'\nurl = 'https://vna/dicom-web'\n{text}");
            toml::from_str::<ArchiveConfig>(&text).unwrap().client()
        };
        assert!(archive("").is_ok());
        assert!(archive("bearer = '/no/such/file'").is_err());
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "me:secret\n").unwrap();
        let path = file.path().display();
        assert!(archive(&format!("basic = '{path}'")).is_ok());
        assert!(archive(&format!("basic = '{path}'\nbearer = '{path}'")).is_err());
        fs::write(file.path(), "secret\n").unwrap();
        assert!(archive(&format!("basic = '{path}'")).is_err());
    }
}
