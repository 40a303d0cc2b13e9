//! Model packages that come as one `.tar.gz` file (POSIX ustar in gzip, RFC 1952).
//!
//! Only what `tar --create --gzip FOLDER` makes of a flat folder is taken: plain files with plain
//! names in one folder. Nothing is written outside of the folder that the caller names.

use crate::registry::ModelError;
use flate2::read::GzDecoder;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of a header, and what contents are padded to.
const BLOCK: usize = 512;
/// Most files of a package: a card, five folds with their plans, and a few texts are below twenty.
const FILES_MAX: usize = 64;
/// Most bytes of all files. Five folds of the largest published nnU-Net have 2 GB.
const BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Unpacks an archive below a folder and gives the folder of the package in it.
pub fn unpack(archive: &Path, into: &Path) -> Result<PathBuf, ModelError> {
    let refused = |source| ModelError::Archive { path: archive.display().to_string(), source };
    let file = File::open(archive)
        .map_err(|source| ModelError::Read { path: archive.display().to_string(), source })?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.split('.').next().unwrap_or_default().to_owned();
    let folder = entries(GzDecoder::new(file), into, &stem).map_err(refused)?;
    Ok(into.join(folder))
}

/// What a header says.
struct Entry {
    folder: Option<String>,
    file: String,
    length: u64,
    kind: u8,
}

fn entries(mut tar: impl Read, into: &Path, stem: &str) -> io::Result<String> {
    let (mut package, mut files, mut bytes) = (None, 0, 0);
    loop {
        let mut header = [0; BLOCK];
        tar.read_exact(&mut header)?;
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        let entry = read(&header)?;
        bytes += entry.length;
        files += 1;
        if files > FILES_MAX || bytes > BYTES_MAX {
            return Err(io::Error::other("it holds more than a model package may"));
        }
        let padded = entry.length.next_multiple_of(BLOCK as u64);
        let mut content = tar.by_ref().take(padded);
        match entry.kind {
            b'0' | 0 => {
                let folder = entry.folder.unwrap_or_else(|| stem.to_owned());
                if *package.get_or_insert(folder.clone()) != folder {
                    return Err(io::Error::other("it holds more than one folder"));
                }
                let folder = into.join(folder);
                fs::create_dir_all(&folder)?;
                let mut out = File::create_new(folder.join(&entry.file))?;
                if io::copy(&mut content.by_ref().take(entry.length), &mut out)? < entry.length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                out.sync_all()?;
            }
            // A folder is made with its first file; times and owners do not matter here.
            b'5' | b'x' | b'g' => {}
            _ => return Err(io::Error::other("it holds a link or a device")),
        }
        io::copy(&mut content, &mut io::sink())?;
    }
    package.ok_or_else(|| io::Error::other("it is empty"))
}

fn read(header: &[u8; BLOCK]) -> io::Result<Entry> {
    let wrong = || io::Error::other("it is not a tar archive");
    let number = |from: usize, length: usize| {
        let text = std::str::from_utf8(&header[from..from + length]).ok()?;
        u64::from_str_radix(text.trim_matches([' ', '\0']), 8).ok()
    };
    let sum = header.iter().enumerate().map(|(at, byte)| {
        // The sum is taken as if its own field were blank.
        u64::from(if (148..156).contains(&at) { b' ' } else { *byte })
    });
    if number(148, 8) != Some(sum.sum()) || &header[257..262] != b"ustar" {
        return Err(wrong());
    }
    let text = |from: usize, length: usize| {
        let field = &header[from..from + length];
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(length);
        String::from_utf8(field[..end].to_vec()).map_err(|_| wrong())
    };
    let (kind, length) = (header[156], number(124, 12).ok_or_else(wrong)?);
    let name = text(0, 100)?;
    let mut parts: Vec<&str> =
        name.trim_start_matches("./").split('/').filter(|part| !part.is_empty()).collect();
    let file = parts.pop().unwrap_or_default().to_owned();
    let plain = parts.len() <= 1
        && header[345] == 0
        && !name.starts_with('/')
        && parts.iter().chain([&file.as_str()]).all(|part| !part.starts_with('.'));
    if matches!(kind, b'0' | 0) && (!plain || file.is_empty()) {
        return Err(io::Error::other(format!("it holds '{name}', which is no plain file name")));
    }
    Ok(Entry { folder: parts.pop().map(str::to_owned), file, length, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn header(name: &str, length: usize, kind: u8) -> [u8; BLOCK] {
        let mut header = [0; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{length:011o}").as_bytes());
        header[156] = kind;
        header[257..262].copy_from_slice(b"ustar");
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        header
    }

    fn unpacked(files: &[(&str, &[u8], u8)]) -> (tempfile::TempDir, Result<PathBuf, ModelError>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("package.tar.gz");
        let mut out = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
        for (name, content, kind) in files {
            out.write_all(&header(name, content.len(), *kind)).unwrap();
            out.write_all(content).unwrap();
            out.write_all(&vec![0; content.len().next_multiple_of(BLOCK) - content.len()]).unwrap();
        }
        out.write_all(&[0; 2 * BLOCK]).unwrap();
        out.finish().unwrap();
        let into = dir.path().join("into");
        fs::create_dir(&into).unwrap();
        let found = unpack(&path, &into);
        (dir, found)
    }

    #[track_caller]
    fn check_refused(files: &[(&str, &[u8], u8)]) {
        let (dir, found) = unpacked(files);
        assert!(matches!(found, Err(ModelError::Archive { .. })), "{found:?}");
        let here: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(here.len(), 2, "nothing is written beside the folder");
    }

    #[test]
    fn a_flat_folder_comes_out_as_it_went_in() {
        let (_dir, found) =
            unpacked(&[("m/", b"", b'5'), ("m/card.toml", b"a card", b'0'), ("./m/x", b"", b'0')]);
        let folder = found.unwrap();
        assert!(folder.ends_with("m"));
        assert_eq!(fs::read(folder.join("card.toml")).unwrap(), b"a card");
        let (_dir, found) = unpacked(&[("card.toml", &[7; 1500], b'0')]);
        assert_eq!(fs::read(found.unwrap().join("card.toml")).unwrap(), [7; 1500]);
    }
    #[test]
    fn paths_out_of_the_folder_links_and_doubles_are_refused() {
        for name in ["../x", "m/../x", "/etc/x", "m/n/x", ".hidden", "m/.hidden", ""] {
            check_refused(&[(name, b"x", b'0')]);
        }
        check_refused(&[("m/link", b"", b'2')]);
        check_refused(&[("m/x", b"1", b'0'), ("m/x", b"2", b'0')]);
        check_refused(&[("m/x", b"1", b'0'), ("n/x", b"2", b'0')]);
        check_refused(&[]);
    }
    #[test]
    fn more_files_than_a_package_has_are_refused() {
        let names: Vec<String> = (0..=FILES_MAX).map(|n| format!("m/{n}")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..], b'0')).collect();
        check_refused(&files);
    }
    #[test]
    fn what_is_cut_off_or_no_archive_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.tar.gz");
        fs::write(&path, b"no archive").unwrap();
        assert!(matches!(unpack(&path, dir.path()), Err(ModelError::Archive { .. })));
        let mut out = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
        out.write_all(&header("m/x", 2000, b'0')).unwrap();
        out.finish().unwrap();
        assert!(matches!(unpack(&path, dir.path()), Err(ModelError::Archive { .. })));
    }
}
