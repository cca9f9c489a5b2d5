//! Which pictures a slot asks for.

use proptest::prelude::*;

use super::*;

fn slot(widths: &[u32], crop: Option<(u32, u32)>) -> Slot {
    Slot {
        name: "card".to_owned(),
        widths: widths.to_vec(),
        sizes: "100vw".to_owned(),
        crop,
        of: Role::ALL.to_vec(),
        formats: vec![Encoding::WebP],
    }
}

fn sides(slot: &Slot, size: (u32, u32)) -> Vec<(u32, u32)> {
    let recipes = slot.recipes(size, Focus::default(), Encoding::WebP);
    recipes.iter().map(|r| (r.width, r.height)).collect()
}

#[test]
fn a_large_picture_comes_in_all_widths_of_the_slot() {
    let slot = slot(&[480, 960], None);
    assert_eq!(sides(&slot, (6000, 4000)), [(480, 320), (960, 640)]);
}

#[test]
fn no_picture_is_enlarged() {
    let slot = slot(&[480, 960, 1920], None);
    assert_eq!(
        sides(&slot, (1200, 800)),
        [(480, 320), (960, 640), (1200, 800)]
    );
    assert_eq!(sides(&slot, (960, 640)), [(480, 320), (960, 640)]);
}

#[test]
fn a_picture_smaller_than_the_slot_is_used_as_it_is() {
    assert_eq!(sides(&slot(&[480, 960], None), (400, 300)), []);
    assert_eq!(sides(&slot(&[480], Some((4, 3))), (400, 300)), []);
}

#[test]
fn a_crop_keeps_the_focus_in_view() {
    let slot = slot(&[400], Some((1, 1)));
    let focus = Focus { x: 0, y: 50 };
    let recipes = slot.recipes((1500, 1000), focus, Encoding::WebP);
    let window = Window {
        x: 0,
        y: 0,
        width: 1000,
        height: 1000,
    };
    assert_eq!(recipes[0].window, Some(window));
    assert_eq!((recipes[0].width, recipes[0].height), (400, 400));
    let portrait = slot.recipes((1000, 1500), Focus { x: 50, y: 100 }, Encoding::WebP);
    assert_eq!(portrait[0].window.map(|w| w.y), Some(500));
}

#[test]
fn a_picture_of_the_slots_shape_is_not_cut() {
    let slot = slot(&[320], Some((16, 9)));
    assert_eq!(
        slot.recipes((1365, 768), Focus::default(), Encoding::WebP)[0].window,
        None
    );
}

proptest! {
    /// Whatever a theme and a picture are, a crop lies inside the picture, and nothing grows.
    #[test]
    fn recipes_stay_inside_the_picture(
        width in 1_u32..40_000, height in 1_u32..40_000, x in 0_u8..=100, y in 0_u8..=100,
        crop in proptest::option::of((1_u32..10_000, 1_u32..10_000)),
        widths in proptest::collection::btree_set(1_u32..8192, 1..5),
    ) {
        let widths: Vec<u32> = widths.into_iter().collect();
        let slot = slot(&widths, crop);
        for recipe in slot.recipes((width, height), Focus { x, y }, Encoding::WebP) {
            let of = recipe.window.unwrap_or(Window { x: 0, y: 0, width, height });
            prop_assert!(of.x + of.width <= width && of.y + of.height <= height);
            prop_assert!(of.width > 0 && of.height > 0 && recipe.height > 0);
            prop_assert!(recipe.width <= of.width && recipe.width > 0);
        }
    }
}
