//! The lines of a page as the model sees them, for training and for looking at a decision.

use super::context::add_context;
use super::features::table_of;
use super::scene::Scene;
use crate::html::read_page;
use crate::title::title_of;

/// A number for a list of features: a model file carries that of the features it was trained on.
pub fn features_mark(names: &[String]) -> u32 {
    let bytes = names.iter().flat_map(|name| name.bytes().chain([b'\n']));
    bytes.fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The lines of a page with their features.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LineTable {
    /// Names of the features.
    pub features: Vec<String>,
    /// Text of each line.
    pub texts: Vec<String>,
    /// `cells[feature * texts.len() + line]`.
    pub cells: Vec<u8>,
}

/// Reads a page into its table. With the probabilities of the first look as bytes (0 to 250), one a
/// line, the table also has what the second look sees.
pub fn line_table(html: &str, first: Option<&[u8]>) -> LineTable {
    let page = read_page(html);
    let title = title_of(&page);
    let scene = Scene::new(&page, title.as_deref());
    let mut table = table_of(&scene, true);
    if let Some(first) = first.filter(|first| first.len() == table.lines) {
        add_context(&mut table, &scene, first);
    }
    LineTable {
        features: table.names,
        texts: page
            .lines
            .iter()
            .map(|line| page.text_of(line).to_owned())
            .collect(),
        cells: table.cells,
    }
}
