"""Writes small STEP files for tests: a cylinder of known size in any unit, and bare structures."""

from __future__ import annotations

_UNITS = {
    "mm": "( LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.MILLI.,.METRE.) )",
    "cm": "( LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.CENTI.,.METRE.) )",
    "m": "( LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT($,.METRE.) )",
}


def wrap(body: str, *, end: str = "ENDSEC;\nEND-ISO-10303-21;\n") -> bytes:
    """Header and end around a DATA section."""
    return (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        "FILE_NAME('made','2020-01-01T00:00:00',(''),(''),'','','');\n"
        f"FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\n{body}{end}"
    ).encode()


def cylinder_body(radius: float, height: float, unit: str = "mm", name: str = "peg") -> str:
    """Entities of a closed cylinder on the Z axis, from z = 0 to ``height``, numbers in ``unit``."""
    if unit == "in":
        units = (
            "#2=( CONVERSION_BASED_UNIT('INCH',#3) LENGTH_UNIT() NAMED_UNIT(#6) );\n"
            "#3=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#7);\n"
            "#6=DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.);\n"
            f"#7={_UNITS['mm']};\n"
        )
    elif unit:
        units = f"#2={_UNITS[unit]};\n"
    else:
        units = ""
    used = "#2,#4,#5" if unit else "#4,#5"
    return f"""{units}#4=( NAMED_UNIT(*) PLANE_ANGLE_UNIT() SI_UNIT($,.RADIAN.) );
#5=( NAMED_UNIT(*) SI_UNIT($,.STERADIAN.) SOLID_ANGLE_UNIT() );
#8=( GEOMETRIC_REPRESENTATION_CONTEXT(3) GLOBAL_UNIT_ASSIGNED_CONTEXT(({used})) REPRESENTATION_CONTEXT('','') );
#10=APPLICATION_CONTEXT('core data for automotive mechanical design processes');
#11=PRODUCT_CONTEXT('',#10,'mechanical');
#12=PRODUCT('id-1','{name}','',(#11));
#13=PRODUCT_DEFINITION_FORMATION('','',#12);
#14=PRODUCT_DEFINITION_CONTEXT('part definition',#10,'design');
#15=PRODUCT_DEFINITION('design','',#13,#14);
#16=PRODUCT_DEFINITION_SHAPE('','',#15);
#17=SHAPE_DEFINITION_REPRESENTATION(#16,#18);
#18=ADVANCED_BREP_SHAPE_REPRESENTATION('',(#19,#20),#8);
#19=AXIS2_PLACEMENT_3D('',#30,#33,#34);
#20=MANIFOLD_SOLID_BREP('{name}',#21);
#21=CLOSED_SHELL('',(#22,#23,#24));
#22=ADVANCED_FACE('',(#50),#40,.T.);
#23=ADVANCED_FACE('',(#51),#41,.F.);
#24=ADVANCED_FACE('',(#52),#42,.T.);
#30=CARTESIAN_POINT('',(0.,0.,0.));
#31=CARTESIAN_POINT('',(0.,0.,{height!r}));
#33=DIRECTION('',(0.,0.,1.));
#34=DIRECTION('',(1.,0.,0.));
#35=AXIS2_PLACEMENT_3D('',#31,#33,#34);
#36=CARTESIAN_POINT('',({radius!r},0.,0.));
#37=CARTESIAN_POINT('',({radius!r},0.,{height!r}));
#38=VECTOR('',#33,1.);
#40=CYLINDRICAL_SURFACE('',#19,{radius!r});
#41=PLANE('',#19);
#42=PLANE('',#35);
#43=CIRCLE('',#19,{radius!r});
#44=CIRCLE('',#35,{radius!r});
#45=LINE('',#36,#38);
#46=VERTEX_POINT('',#36);
#47=VERTEX_POINT('',#37);
#50=FACE_OUTER_BOUND('',#53,.T.);
#51=FACE_OUTER_BOUND('',#54,.T.);
#52=FACE_OUTER_BOUND('',#55,.T.);
#53=EDGE_LOOP('',(#60,#61,#62,#63));
#54=EDGE_LOOP('',(#64));
#55=EDGE_LOOP('',(#65));
#60=ORIENTED_EDGE('',*,*,#70,.T.);
#61=ORIENTED_EDGE('',*,*,#72,.T.);
#62=ORIENTED_EDGE('',*,*,#71,.F.);
#63=ORIENTED_EDGE('',*,*,#72,.F.);
#64=ORIENTED_EDGE('',*,*,#70,.F.);
#65=ORIENTED_EDGE('',*,*,#71,.T.);
#70=EDGE_CURVE('',#46,#46,#43,.T.);
#71=EDGE_CURVE('',#47,#47,#44,.T.);
#72=EDGE_CURVE('',#46,#47,#45,.T.);
"""


def structure_body(usages: list[tuple[int, int]], names: list[str]) -> str:
    """Products without shape and their uses in one another: (parent, child) positions in ``names``."""
    lines = []
    for at, name in enumerate(names):
        lines.append(f"#{100 + at}=PRODUCT('id','{name}','',());")
        lines.append(f"#{200 + at}=PRODUCT_DEFINITION_FORMATION('','',#{100 + at});")
        lines.append(f"#{300 + at}=PRODUCT_DEFINITION('design','',#{200 + at},$);")
    for at, (parent, child) in enumerate(usages):
        lines.append(
            f"#{400 + at}=NEXT_ASSEMBLY_USAGE_OCCURRENCE('NAUO{at + 1}',' ','',#{300 + parent},#{300 + child},$);"
        )
    return "\n".join(lines) + "\n"
