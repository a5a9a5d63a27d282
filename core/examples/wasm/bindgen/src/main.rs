//! Writes the JavaScript that loads a module into Node: `bindgen MODULE FOLDER`.
//!
//! `wasm-bindgen --target nodejs --out-dir FOLDER MODULE` does the same, if its version is exactly
//! that of the crate.

use std::env;
use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, folder] = arguments.as_slice() else {
        return Err("expected a module and a folder".into());
    };
    Bindgen::new().input_path(module).nodejs(true)?.typescript(false).generate(folder)?;
    Ok(())
}
