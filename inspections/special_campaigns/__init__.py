"""Special campaigns 专项行动 (百日攻坚): sweeps and canvasses of a period under one name.

Its goals are figures that are counted (`figures`), its schedule (`items`) says what is done until when and by
whom (S3, 附件2), each day has a daily report 日报告 that is kept (`daily_reports`) and a daily dispatch 日调度
(`dispatches`) with instructions that are signed for. Nothing here says where a sweep goes before its release.
"""
