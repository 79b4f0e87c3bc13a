//! How likely each line is part of the body.

use std::sync::OnceLock;

use super::context::{add_context, byte_of};
use super::features::table_of;
use super::forest::Forest;
use super::scene::Scene;

struct Model {
    first: Forest,
    second: Forest,
}

/// The forests, read once. `None` only where the files of the build are broken, which
/// `the_model_fits_the_features` rules out.
fn model() -> Option<&'static Model> {
    static MODEL: OnceLock<Option<Model>> = OnceLock::new();
    MODEL
        .get_or_init(|| {
            let first = Forest::parse(include_str!("../../model/first.txt"))?;
            let second = Forest::parse(include_str!("../../model/second.txt"))?;
            Some(Model { first, second })
        })
        .as_ref()
}

/// Lines of a page that the model looks at. A page with more is no story but a list or an attack;
/// its lines are judged by their shape alone, so that memory stays bounded.
const LINES: usize = 20_000;

/// Probability of each line.
pub(crate) fn probabilities(scene: &Scene<'_>) -> Vec<f32> {
    let Some(model) = model().filter(|_| scene.shapes.len() <= LINES) else {
        return scene
            .shapes
            .iter()
            .map(|shape| f32::from(u8::from(shape.is_story())))
            .collect();
    };
    let mut table = table_of(scene, false);
    let first: Vec<u8> = model
        .first
        .probabilities(&table)
        .into_iter()
        .map(byte_of)
        .collect();
    add_context(&mut table, scene, &first);
    model.second.probabilities(&table)
}

#[cfg(test)]
mod tests {
    use super::super::table::{features_mark, line_table};
    use super::*;

    #[test]
    fn the_model_fits_the_features() {
        let html = "<html><p>One line.</p>";
        let model = model().expect("the model files are sound");
        let first = line_table(html, None).features;
        let second = line_table(html, Some(&[100])).features;
        assert!(model.first.highest_feature() < first.len());
        assert!(model.second.highest_feature() < second.len());
        let texts = [
            include_str!("../../model/first.txt"),
            include_str!("../../model/second.txt"),
        ];
        for (text, features) in texts.into_iter().zip([first, second]) {
            let mark = format!("# features {}", features_mark(&features));
            assert_eq!(
                text.lines().next(),
                Some(mark.as_str()),
                "trained on other features"
            );
        }
    }
}
