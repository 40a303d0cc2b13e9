//! A token in software: `SoftHSM` with a key on it that never leaves it.

use super::super::peers::{program, required, run_well};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where distributions put the library.
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

/// PIN of the token's user.
pub const PIN: &str = "2468";

/// Variable that tells the node the PIN.
pub const PIN_ENV: &str = "INTERVAL_TOKEN_PIN";

/// Variable that tells the library where its tokens are.
pub const SETTINGS_ENV: &str = "SOFTHSM2_CONF";

/// A token with AES keys.
pub struct Token {
    module: PathBuf,
    /// Settings of the library.
    pub settings: PathBuf,
}

impl Token {
    /// A fresh token called `ward`; nothing where `SoftHSM` is not installed.
    pub fn new(folder: &Path, keys: &[&str]) -> Option<Self> {
        let tool = program("softhsm2-util")?;
        let module = MODULES.iter().map(PathBuf::from).find(|path| path.is_file());
        let module = required(module, "the library of SoftHSM")?;
        let (tokens, settings) = (folder.join("tokens"), folder.join("softhsm2.conf"));
        fs::create_dir_all(&tokens).unwrap();
        let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
        fs::write(&settings, text).unwrap();
        let token = Self { module, settings };
        let new = ["--init-token", "--free", "--label", "ward", "--so-pin", "13579", "--pin", PIN];
        run_well(Command::new(&tool).args(new).env(SETTINGS_ENV, &token.settings));
        for (number, key) in keys.iter().enumerate() {
            token.put(&tool, (folder, key), number as u8 + 1);
        }
        Some(token)
    }

    /// Puts an AES key on the token.
    fn put(&self, tool: &Path, (folder, label): (&Path, &str), number: u8) {
        let bits = folder.join("bits");
        fs::write(&bits, [number; 32]).unwrap();
        let id = format!("{number:02x}");
        let put = ["--token", "ward", "--pin", PIN, "--label", label, "--id", &id, "--aes"];
        let mut command = Command::new(tool);
        command.arg("--import").arg(&bits).args(put).env(SETTINGS_ENV, &self.settings);
        run_well(&mut command);
        fs::remove_file(bits).unwrap();
    }

    /// The place of a key, without `pkcs11:`.
    pub fn place(&self, key: &str) -> String {
        format!("{}?token=ward&key={key}", self.module.display())
    }
}
