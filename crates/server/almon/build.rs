//! Names the build: a digest of the sources of all rooms and of the versions of all libraries. Two builds with one name read each
//! other's journals, wherever and by whichever compiler they were made.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let mut files = vec![root.join("Cargo.lock")];
    for floor in sorted(&root.join("crates"))?.into_iter().filter(|path| path.is_dir()) {
        for room in sorted(&floor)?.into_iter().filter(|path| path.is_dir()) {
            let sources = room.join("src");
            if sources.is_dir() {
                println!("cargo::rerun-if-changed={}", sources.display());
                collect(&sources, &mut files)?;
            }
        }
    }
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for file in files.iter().filter(|file| file.exists()) {
        let name = file.strip_prefix(&root).unwrap_or(file);
        for byte in name.to_string_lossy().bytes().chain([0]).chain(fs::read(file)?) {
            // FNV-1a: nobody tries to find two sources with one name here.
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    println!("cargo::rerun-if-changed={}", root.join("Cargo.lock").display());
    println!("cargo::rustc-env=ALMON_BUILD={}+{digest:016x}", env!("CARGO_PKG_VERSION"));
    Ok(())
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for path in sorted(folder)? {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "sql") {
            files.push(path);
        }
    }
    Ok(())
}
