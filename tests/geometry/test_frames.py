from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from immersive.geometry.frames import (
    ZUP_FROM_YUP,
    is_rigid,
    rotation_axis,
    rotation_quaternion,
    rotation_rpy,
    scaling,
    transform_points,
    translation,
)

angles = st.floats(-3.2, 3.2)


def test_yup_to_zup_is_the_stated_rotation() -> None:
    np.testing.assert_array_equal(transform_points(ZUP_FROM_YUP, [1.0, 2.0, 3.0]), [1.0, -3.0, 2.0])
    assert is_rigid(ZUP_FROM_YUP)


def test_quarter_turns() -> None:
    np.testing.assert_allclose(
        transform_points(rotation_rpy(0, 0, np.pi / 2), [1, 0, 0]), [0, 1, 0], atol=1e-15
    )
    np.testing.assert_allclose(
        transform_points(rotation_rpy(np.pi / 2, 0, 0), [0, 1, 0]), [0, 0, 1], atol=1e-15
    )
    np.testing.assert_allclose(
        transform_points(rotation_rpy(0, np.pi / 2, 0), [0, 0, 1]), [1, 0, 0], atol=1e-15
    )


@given(angles, angles, angles)
def test_rpy_is_fixed_axes_in_that_order(roll: float, pitch: float, yaw: float) -> None:
    expected = (
        rotation_axis([0, 0, 1], yaw) @ rotation_axis([0, 1, 0], pitch) @ rotation_axis([1, 0, 0], roll)
    )
    np.testing.assert_allclose(rotation_rpy(roll, pitch, yaw), expected, atol=1e-12)
    assert is_rigid(rotation_rpy(roll, pitch, yaw))


@given(angles)
def test_quaternion_is_wxyz(angle: float) -> None:
    quaternion = [np.cos(angle / 2), 0, 0, np.sin(angle / 2)]
    np.testing.assert_allclose(rotation_quaternion(quaternion), rotation_rpy(0, 0, angle), atol=1e-12)


def test_scale_and_mirror_are_not_rigid() -> None:
    assert not is_rigid(scaling(2.0))
    assert not is_rigid(scaling([-1, 1, 1]))
    np.testing.assert_array_equal(
        transform_points(translation([1, 2, 3]) @ scaling(2.0), [1, 1, 1]), [3, 4, 5]
    )
